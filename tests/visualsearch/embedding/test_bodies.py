import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from visualsearch.embedding.bodies import BODIES, find_body
from visualsearch.embedding.card import DEFAULT_CARD, card_of
from visualsearch.embedding.network import EmbeddingNetwork, fill_body, load_network, save_network
from visualsearch.embedding.torchvision_models import models


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("name", BODIES)
def test_every_body_gives_unit_vectors(name: str) -> None:
    network = EmbeddingNetwork(dimensions=8, body=name).eval()
    with torch.inference_mode():
        vectors = network(torch.randn(2, 3, 64, 64))
    assert vectors.shape == (2, 8)
    np.testing.assert_allclose(vectors.norm(dim=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "resnet18"])
def test_a_classifiers_weights_fill_the_body(name: str) -> None:
    classifier, network = models.get_model(name).eval(), EmbeddingNetwork(body=name).eval()
    fill_body(network, classifier.state_dict())
    pictures = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        pooled = network.features(pictures).mean(dim=(2, 3))
        last = classifier.fc if name == "resnet18" else classifier.classifier
        torch.testing.assert_close(last(pooled), classifier(pictures))


def test_another_bodys_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the weights of torchvision's resnet18"):
        fill_body(EmbeddingNetwork(body="resnet18"), EmbeddingNetwork(body="mobilenet_v3_small").state_dict())
    save_network(EmbeddingNetwork(body="mobilenet_v3_small"), tmp_path / "small.safetensors")
    with pytest.raises(ValueError, match="a network around mobilenet_v2"):
        load_network(tmp_path / "small.safetensors")
    save_file({"something": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="a network around mobilenet_v2"):
        load_network(tmp_path / "other.safetensors")


def test_an_unknown_body_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no body 'alexnet'.*resnet50"):
        find_body("alexnet")


def test_a_card_that_names_no_body_is_of_the_first_one() -> None:
    values = json.loads(DEFAULT_CARD.read_text())
    values.pop("body", None)
    assert card_of(values).body == "mobilenet_v2"
