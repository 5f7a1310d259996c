"""Heat maps decompose the cosine exactly and are hot on the product."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from tests.visualsearch.pictures import noise, thing
from visualsearch.embedding import onnx_maps
from visualsearch.embedding.card import DEFAULT_CARD, read_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.heat import contributions, heat, overlay, read_head, spread
from visualsearch.embedding.preprocess import WHOLE, Region, input_box


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load(runtime="onnxruntime", threads=1)


def test_contributions_add_up_to_the_cosine(embedder: Embedder) -> None:
    one, other = noise(), noise(seed=1)
    a, b = embedder.embed([one, other])
    parts = embedder.contributions(one, b)
    assert parts.dtype == np.float32
    assert parts.shape == (7, 7)
    assert parts.sum() == pytest.approx(float(a @ b), abs=1e-3)
    assert embedder.contributions(one, a).sum() == pytest.approx(1, abs=1e-3)


def test_contributions_of_a_region_add_up_to_the_cosine(embedder: Embedder) -> None:
    region = Region(0.1, 0.2, 0.5, 0.3)
    [vector] = embedder.embed([noise()], [region])
    assert embedder.contributions(noise(), vector, region).sum() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("column", "hot"), [(0, slice(0, 3)), (1, slice(4, 7))])
def test_heat_is_where_the_product_is(embedder: Embedder, column: int, hot: slice) -> None:
    one = thing("circle", 0, 3, side=192)
    ground = Image.new("RGB", (448, 448), one.getpixel((0, 0)))
    ground.paste(one, (24 + 208 * column, 128))
    warm = heat(embedder.contributions(ground, embedder.embed([one])[0]))
    assert warm.max() == 1
    assert warm.min() >= 0
    assert warm[:, hot].sum() > 2 * (warm.sum() - warm[:, hot].sum() - warm[:, 3].sum())


def test_both_runtimes_return_the_same_maps(embedder: Embedder) -> None:
    vector = embedder.embed([noise(seed=1)])[0]
    torch = Embedder.load(runtime="torch", threads=1)
    np.testing.assert_allclose(
        torch.contributions(noise(), vector), embedder.contributions(noise(), vector), atol=1e-4
    )


def test_heat_maps_do_not_change_embeddings(embedder: Embedder) -> None:
    fresh = Embedder.load(runtime="onnxruntime", threads=1)
    before = fresh.embed([noise()])
    fresh.contributions(noise(), before[0])
    np.testing.assert_array_equal(fresh.embed([noise()]), before)


def test_a_graph_without_gem_has_no_maps(tmp_path: Path) -> None:
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3]) for name in ("pictures", "vectors")]
    graph = helper.make_graph([helper.make_node("Abs", ["pictures"], ["vectors"])], "g", tensors[:1], tensors[1:])
    onnx.save(helper.make_model(graph), tmp_path / "other.onnx")
    with pytest.raises(ValueError, match="does not end in GeM pooling"):
        onnx_maps.cut(tmp_path / "other.onnx")
    (tmp_path / "other.safetensors").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="has no pooling and projection"):
        read_head(tmp_path / "other.safetensors")


def test_a_runtime_without_maps_is_refused(embedder: Embedder) -> None:
    class Plain:
        name, batch = "plain", 1
        run = embedder.runtime.run

    vector = embedder.embed([noise()])[0]
    with pytest.raises(ValueError, match="no feature maps"):
        Embedder(embedder.card, Plain()).contributions(noise(), vector)


def test_maps_of_any_size_are_decomposed() -> None:
    head = read_head(DEFAULT_CARD.with_suffix(".safetensors"))
    random = np.random.default_rng(0)
    maps = random.random((head.weight.shape[1], 3, 5)).astype(np.float32)
    vector = random.normal(size=len(head.bias)).astype(np.float32)
    vector /= np.linalg.norm(vector)
    pooled = (maps**head.p).mean(axis=(1, 2)) ** (1 / head.p)
    embedding = head.weight @ pooled + head.bias
    expected = vector @ embedding / np.linalg.norm(embedding)
    assert contributions(maps, head, vector).sum() == pytest.approx(float(expected), abs=1e-4)
    assert not heat(np.full((2, 2), -1, dtype=np.float32)).any()
    assert np.isfinite(contributions(np.zeros_like(maps), head, vector)).all()


def test_heat_covers_the_input_box() -> None:
    card = read_card(DEFAULT_CARD)
    box = input_box((400, 200), card)
    assert box == pytest.approx((112.5, 12.5, 287.5, 187.5))
    warm = spread(np.ones((7, 7), dtype=np.float32), box, (400, 200))
    assert warm.shape == (200, 400)
    assert warm[100, 200] == 1
    assert warm[100, 100] == warm[5, 200] == 0
    drawn = overlay(Image.new("RGB", (400, 200), "white"), warm)
    assert drawn.getpixel((0, 0)) == (255, 255, 255)
    assert drawn.getpixel((200, 100)) != (255, 255, 255)


def test_the_input_box_of_a_region_extends_around_it() -> None:
    card = read_card(DEFAULT_CARD)
    left, top, right, bottom = input_box((400, 200), card, Region(0.5, 0.0, 0.5, 0.5))
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((300, 50))
    assert right - left == pytest.approx(200 / card.crop)
    assert input_box((100, 100), card, WHOLE) == pytest.approx((6.25, 6.25, 93.75, 93.75))
    part = Region(0.5, 0.0, 0.5, 0.5)
    warm = spread(np.ones((7, 7), dtype=np.float32), (left, top, right, bottom), (400, 200), part)
    assert warm.shape == (200, 400)
    assert warm[:100, 200:].all()
    assert warm.sum() == warm[:100, 200:].sum()
