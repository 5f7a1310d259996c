import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from visualsearch.embedding.bodies import BODIES, EFFICIENTNET_LITE2, find_body, mobilenet_v2_beside_lite2
from visualsearch.embedding.card import DEFAULT_CARD, card_of
from visualsearch.embedding.efficientnet_lite import Convolution
from visualsearch.embedding.network import EmbeddingNetwork, fill_body, load_network, save_network
from visualsearch.embedding.torchvision_models import models


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("name", BODIES)
def test_every_body_yields_unit_vectors(name: str) -> None:
    network = EmbeddingNetwork(dimensions=8, body=name).eval()
    with torch.inference_mode():
        vectors = network(torch.randn(2, 3, 64, 64))
    assert vectors.shape == (2, 8)
    np.testing.assert_allclose(vectors.norm(dim=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "resnet18"])
def test_a_classifiers_weights_load_into_the_body(name: str) -> None:
    classifier, network = models.get_model(name).eval(), EmbeddingNetwork(body=name).eval()
    fill_body(network, classifier.state_dict())
    pictures = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        pooled = network.features(pictures).mean(dim=(2, 3))
        last = classifier.fc if name == "resnet18" else classifier.classifier
        torch.testing.assert_close(last(pooled), classifier(pictures))


def test_weights_of_another_body_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the weights of torchvision's resnet18"):
        fill_body(EmbeddingNetwork(body="resnet18"), EmbeddingNetwork(body="mobilenet_v3_small").state_dict())
    save_network(EmbeddingNetwork(body="mobilenet_v3_small"), tmp_path / "small.safetensors")
    with pytest.raises(ValueError, match="a network around mobilenet_v2"):
        load_network(tmp_path / "small.safetensors")
    save_file({"something": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="a network around mobilenet_v2"):
        load_network(tmp_path / "other.safetensors")


def test_an_unknown_body_error_lists_the_known_bodies() -> None:
    with pytest.raises(ValueError, match=r"no body 'alexnet'.*resnet50"):
        find_body("alexnet")


def test_a_card_without_a_body_means_mobilenet_v2() -> None:
    values = json.loads(DEFAULT_CARD.read_text())
    values.pop("body", None)
    assert card_of(values).body == "mobilenet_v2"


def published_lite2(body: torch.nn.Sequential) -> dict[str, torch.Tensor]:
    """Return the weights of a Lite2 body with the names of its published file, and an unused classifier."""
    inside = {
        "expand": ("_expand_conv", "_bn0"),
        "depthwise": ("_depthwise_conv", "_bn1"),
        "project": ("_project_conv", "_bn2"),
    }
    found = {"_fc.weight": torch.zeros(1000, 1280), "_fc.bias": torch.zeros(1000)}
    for name, value in body.state_dict().items():
        index, part, *rest = name.split(".")
        if index in ("0", "22"):
            names = ("_conv_stem", "_bn0") if index == "0" else ("_conv_head", "_bn1")
            found[f"{names[part == 'norm']}.{rest[0]}"] = value
        else:
            found[f"_blocks.{int(index) - 1}.{inside[part][rest[0] == 'norm']}.{rest[1]}"] = value
    return found


def test_published_weights_of_lite2_load_into_the_body() -> None:
    source, network = find_body(EFFICIENTNET_LITE2).build(), EmbeddingNetwork(body=EFFICIENTNET_LITE2)
    fill_body(network, published_lite2(source))
    for name, value in source.state_dict().items():
        assert torch.equal(network.features.state_dict()[name], value), name


@pytest.mark.parametrize(("extent", "kernel", "before", "after"), [(6, 3, 0, 1), (7, 3, 1, 1), (8, 5, 1, 2)])
def test_lite2_pads_like_tensorflow(extent: int, kernel: int, before: int, after: int) -> None:
    layer = Convolution(1, 1, kernel, 2, active=False).eval()
    picture = torch.randn(1, 1, extent, extent)
    with torch.no_grad():
        padded = torch.nn.functional.pad(picture, (before, after, before, after))
        expected = torch.nn.functional.conv2d(padded, layer.conv.weight, stride=2)
        got = layer(picture)
    assert got.shape[-1] == -(-extent // 2)
    torch.testing.assert_close(got, layer.norm(expected))


def test_side_by_side_bodies_match_separate_bodies() -> None:
    mobilenet, lite = (find_body(name).build().eval() for name in ("mobilenet_v2", EFFICIENTNET_LITE2))
    both = mobilenet_v2_beside_lite2(mobilenet, lite)
    pictures = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        together = both(pictures)
        assert torch.equal(together, torch.cat([mobilenet(pictures), lite(pictures)], dim=1))
        for cut in (0, 2, 4, len(both)):  # as in training with frozen first blocks
            assert torch.equal(both[cut:](both[:cut](pictures)), together), cut
