import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.visualsearch.pictures import encoded, noise
from visualsearch.embedding.card import DEFAULT_CARD
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.preprocess import Region, UnreadablePicture, decode


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load(runtime="onnxruntime", threads=1)


def test_embed_returns_unit_vectors_in_order(embedder: Embedder) -> None:
    pictures = [encoded(noise(seed=seed), "JPEG") for seed in range(37)]
    vectors = embedder.embed(pictures)
    assert vectors.shape == (37, embedder.card.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    alone = embedder.embed([pictures[17]])
    np.testing.assert_allclose(alone[0], vectors[17], atol=1e-5)
    assert (vectors @ alone[0]).argmax() == 17


def test_embed_returns_an_empty_array_for_no_pictures(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.card.dimensions)


def test_embed_accepts_bytes_and_decoded_pictures(embedder: Embedder) -> None:
    data = encoded(noise())
    from_bytes, from_image = embedder.embed([data, decode(data, 256)])
    np.testing.assert_allclose(from_bytes, from_image, atol=1e-6)


def test_embed_ignores_pixels_outside_the_region(embedder: Embedder) -> None:
    image, other = noise(400, 300), noise(400, 300, seed=1)
    other.paste(image.crop((200, 0, 400, 150)), (200, 0))
    one, same, elsewhere = embedder.embed(
        [image, other, other], [Region(0.5, 0.0, 0.5, 0.5), Region(0.5, 0.0, 0.5, 0.5), Region(0.0, 0.5, 0.5, 0.5)]
    )
    assert one @ same > 0.99999 > one @ elsewhere


def test_embed_refuses_another_number_of_regions_than_pictures(embedder: Embedder) -> None:
    with pytest.raises(ValueError, match="one region per picture"):
        embedder.embed([noise()], [])


def test_embed_refuses_an_unreadable_picture(embedder: Embedder) -> None:
    with pytest.raises(UnreadablePicture):
        embedder.embed([encoded(noise()), b"no picture"])


def test_embed_is_thread_safe(embedder: Embedder) -> None:
    pictures = [encoded(noise(seed=seed), "JPEG") for seed in range(8)]
    together = embedder.embed(pictures)
    with ThreadPoolExecutor(4) as pool:
        apart = list(pool.map(lambda picture: embedder.embed([picture])[0], pictures * 3))
    np.testing.assert_allclose(np.array(apart), np.tile(together, (3, 1)), atol=1e-5)


def test_the_cpu_runtime_imports_neither_torch_nor_django() -> None:
    script = (
        "import sys; from visualsearch.embedding.embedder import Embedder; "
        "Embedder.load(runtime='onnxruntime', threads=1); "
        "sys.exit(', '.join({'torch', 'torchvision', 'django'} & set(sys.modules)) or 0)"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_torch_and_the_cpu_runtime_agree(embedder: Embedder) -> None:
    pictures = [noise(seed=seed) for seed in range(4)]
    by_torch = Embedder.load(runtime="torch").embed(pictures)
    np.testing.assert_allclose(by_torch, embedder.embed(pictures), atol=1e-4)


def test_the_committed_network_is_small() -> None:
    for suffix, most in ((".safetensors", 16_000_000), (".onnx", 1_000_000)):
        assert DEFAULT_CARD.with_suffix(suffix).stat().st_size < most
