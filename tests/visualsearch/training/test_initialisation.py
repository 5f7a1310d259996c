from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tests.visualsearch.embedding.test_bodies import published_lite2
from tests.visualsearch.pictures import catalogue, noise
from visualsearch.embedding.bodies import BODIES, EFFICIENTNET_LITE2, find_body
from visualsearch.embedding.card import DEFAULT_CARD, IMAGENET, SYMMETRIC, check_files, read_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.network import EmbeddingNetwork
from visualsearch.embedding.torchvision_models import models
from visualsearch.measuring.dataset import LabelSpace, read_folder
from visualsearch.training.export import Description, save
from visualsearch.training.initialisation import load_initial
from visualsearch.training.plan import TrainingError

SMALL = ["mobilenet_v3_small", "resnet18"]
# These take half a minute or more each; resnet50 and mobilenet_v3_large are built like the small ones.
LARGE = [name for name in BODIES if name not in SMALL]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def pictures(tmp_path: Path) -> list[LabelSpace]:
    return [read_folder(catalogue(tmp_path / "images", 2))]


@pytest.mark.parametrize("name", [*SMALL, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE)])
def test_every_body_is_exported_for_both_runtimes(name: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = EmbeddingNetwork(dimensions=16, body=name)
    card = save(network, Description("any", "MIT", input_size=64, scaling=IMAGENET), tmp_path / "any.json")
    check_files(card)
    assert (card.body, card.mean) == (name, IMAGENET.mean)
    by_graph, by_torch = (
        Embedder.load(tmp_path, runtime, threads=1).embed([noise()]) for runtime in ("onnxruntime", "torch")
    )
    np.testing.assert_allclose(by_graph, by_torch, atol=1e-4)


@pytest.mark.parametrize(("suffix", "scaling"), [(".pth", IMAGENET), (".safetensors", SYMMETRIC)])
def test_a_weights_file_initialises_a_new_network(
    suffix: str, scaling: object, pictures: list[LabelSpace], tmp_path: Path
) -> None:
    state, path = models.get_model("mobilenet_v3_small").state_dict(), tmp_path / f"weights{suffix}"
    torch.save(state, path) if suffix == ".pth" else save_file(state, path)
    initial = load_initial(path, pictures, "mobilenet_v3_small")
    assert initial.scaling == scaling
    torch.testing.assert_close(initial.network.state_dict()["features.0.0.weight"], state["features.0.0.weight"])
    assert "sha256" in initial.started_from
    assert torch.isfinite(initial.network.projection.weight).all()


def test_lite2_scales_pixels_as_in_its_own_training(pictures: list[LabelSpace], tmp_path: Path) -> None:
    torch.save(published_lite2(find_body(EFFICIENTNET_LITE2).build()), tmp_path / "lite2.pth")
    initial = load_initial(tmp_path / "lite2.pth", pictures, EFFICIENTNET_LITE2)
    values = (np.array([0.0, 127.0, 255.0]) / 255 - initial.scaling.mean[0]) / initial.scaling.std[0]
    np.testing.assert_allclose(values, [-127 / 128, 0.0, 1.0])
    assert "Apache-2.0" in initial.licence


def test_weights_of_another_body_are_refused(pictures: list[LabelSpace], tmp_path: Path) -> None:
    torch.save(models.get_model("mobilenet_v3_small").state_dict(), tmp_path / "weights.pth")
    with pytest.raises(TrainingError, match="not the weights of torchvision's resnet18"):
        load_initial(tmp_path / "weights.pth", pictures, "resnet18")
    (tmp_path / "damaged.pth").write_bytes(b"no weights")
    with pytest.raises(TrainingError, match="cannot be read"):
        load_initial(tmp_path / "damaged.pth", pictures, "resnet18")


def test_a_card_keeps_its_body_and_scaling(pictures: list[LabelSpace]) -> None:
    initial = load_initial(DEFAULT_CARD, pictures)
    assert (initial.network.body, initial.scaling) == (read_card(DEFAULT_CARD).body, SYMMETRIC)
    with pytest.raises(TrainingError, match=r"around mobilenet_v2\w*, not resnet18"):
        load_initial(DEFAULT_CARD, pictures, "resnet18")


def test_a_failed_download_reports_what_to_do(
    pictures: list[LabelSpace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nothing listens there
    with pytest.raises(TrainingError, match=r"could not be downloaded from https://.*give its path as --start"):
        load_initial("imagenet", pictures, "mobilenet_v3_small")


def test_official_weights_come_from_torchs_cache(
    pictures: list[LabelSpace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    official = models.get_model_weights("mobilenet_v3_small").DEFAULT
    place = tmp_path / "hub" / "checkpoints" / Path(official.url).name
    place.parent.mkdir(parents=True)
    torch.save(models.get_model("mobilenet_v3_small").state_dict(), place)
    initial = load_initial("imagenet", pictures, "mobilenet_v3_small")
    assert initial.scaling == IMAGENET
    assert official.url in initial.started_from
