import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.visualsearch.pictures import catalogue, noise
from visualsearch.embedding.card import DEFAULT_CARD, WEIGHTS, check_files
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.network import EmbeddingNetwork, load_network
from visualsearch.measuring.dataset import BadDataset, read_split
from visualsearch.training.head import CosineHead, contrast
from visualsearch.training.plan import Plan
from visualsearch.training.run import train_network


def test_a_run_leaves_a_network_that_both_runtimes_load_and_a_report(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    plan = Plan(epochs=1, batch=8, paired=2, sizes=((0.0, 48),))
    splits = [read_split(catalogue(tmp_path / "images", 4))]
    card = train_network(splits, DEFAULT_CARD, tmp_path / "out", plan, "tiny")
    assert card
    check_files(card)
    assert card.path == tmp_path / "out" / "tiny.json"
    assert card.training["data"]["images"] == {"classes": 4, "pictures": 8, "held_out_to_stop_on": 0}
    assert card.training["previous"]["weights_sha256"]
    by_graph, by_torch = (Embedder.load(tmp_path / "out", name).embed([noise()]) for name in ("onnxruntime", "torch"))
    np.testing.assert_allclose(by_graph, by_torch, atol=1e-4)
    assert "taken again" in (tmp_path / "out" / "report.md").read_text()
    assert (tmp_path / "out" / "curves.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("data:image/jpeg") == 16, "each of eight pictures beside what came first"
    assert "http" not in page
    assert len(json.loads((tmp_path / "out" / "report.json").read_text())["history"]) == 1


def test_a_blend_lies_between_the_start_and_what_was_learnt(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    plan = Plan(epochs=1, batch=8, paired=2, sizes=((0.0, 48),))
    splits = [read_split(catalogue(tmp_path / "images", 4))]
    cards = {
        share: train_network(splits, DEFAULT_CARD, tmp_path / str(share), plan, "tiny", share=share)
        for share in (0.0, 0.5, 1.0)
    }
    none, half, all_ = (load_network(card.weights_path).state_dict() for card in cards.values() if card)
    start = load_network(DEFAULT_CARD.with_suffix(".safetensors")).state_dict()
    for name, value in half.items():
        if value.is_floating_point():
            torch.testing.assert_close(none[name], start[name], rtol=0, atol=0)
            torch.testing.assert_close(value, (start[name] + all_[name]) / 2, rtol=2e-3, atol=1e-4)
    assert not torch.equal(half["projection.weight"], all_["projection.weight"])


def test_a_blend_may_begin_at_a_body_that_has_learnt_from_other_pictures_only(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    plan = Plan(epochs=1, batch=8, paired=2, sizes=((0.0, 48),))
    splits = [read_split(catalogue(tmp_path / "images", 4))]
    body = tmp_path / "body.safetensors"
    save_file({f"features.{name}": value for name, value in EmbeddingNetwork().features.state_dict().items()}, body)
    card = train_network(splits, body, tmp_path / "out", plan, "tiny", share=0.0)
    assert card
    assert card.training["blend"] == 0.0
    learnt = load_network(card.weights_path).state_dict()
    for name, value in load_file(body).items():
        if value.is_floating_point():
            torch.testing.assert_close(learnt[name], value, rtol=2e-3, atol=1e-4)


def test_the_committed_graph_takes_any_number_of_pictures_and_names_no_place() -> None:
    path = DEFAULT_CARD.with_suffix(".onnx")
    graph = onnx.load(path, load_external_data=False).graph
    assert graph.input[0].type.tensor_type.shape.dim[0].dim_param
    whole = [constant for constant in graph.initializer if constant.data_type == onnx.TensorProto.FLOAT]
    assert max(np.prod(constant.dims) for constant in whole) < 64, "what is large is stored as float16"
    assert b".py" not in path.read_bytes()


def test_the_committed_graph_reads_its_weights_from_the_file_beside_it() -> None:
    assert (
        DEFAULT_CARD.with_suffix(".onnx").stat().st_size < DEFAULT_CARD.with_suffix(".safetensors").stat().st_size / 10
    )
    graph = onnx.load(DEFAULT_CARD.with_suffix(".onnx"), load_external_data=False).graph
    places = {each.value for one in graph.initializer for each in one.external_data if each.key == "location"}
    assert places == {WEIGHTS}


def test_roots_of_one_name_are_refused(tmp_path: Path) -> None:
    roots = [catalogue(tmp_path / name / "images", 2) for name in ("a", "b")]
    with pytest.raises(BadDataset, match="different names"):
        train_network([read_split(root) for root in roots], DEFAULT_CARD, tmp_path / "out", Plan(), "tiny")


def test_an_imprinted_head_knows_the_classes_it_was_shown() -> None:
    vectors = torch.nn.functional.normalize(torch.eye(4)[[0, 1, 2, 0]] + 0.1, dim=1)
    head = CosineHead(4, 4)
    unseen = head.weight[3].clone()
    head.imprint(vectors, torch.tensor([0, 1, 2, 0]))
    assert head(vectors).argmax(dim=1).tolist() == [0, 1, 2, 0]
    torch.testing.assert_close(head.weight[3], unseen)


def test_contrast_is_small_only_when_views_match() -> None:
    vectors = torch.eye(6)
    labels = torch.arange(6)
    assert contrast(vectors, vectors, labels) < 0.01
    assert contrast(vectors, vectors.roll(1, dims=0), labels) > 5


def test_contrast_does_not_push_one_class_apart() -> None:
    alike = torch.ones(2, 4) / 2
    assert contrast(alike, alike, torch.tensor([0, 0])) < 1e-5 < contrast(alike, alike, torch.tensor([0, 1]))
