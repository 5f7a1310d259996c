import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.visualsearch.pictures import catalogue, noise
from visualsearch.embedding.card import DEFAULT_CARD, check_files, read_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.network import EmbeddingNetwork, load_network
from visualsearch.measuring.dataset import BadDataset, read_split
from visualsearch.training.plan import Plan
from visualsearch.training.run import train_network


def test_train_network_writes_a_network_for_both_runtimes_and_a_report(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    plan = Plan(epochs=1, batch=8, paired=2, sizes=((0.0, 48),))
    splits = [read_split(catalogue(tmp_path / "images", 4))]
    trained = train_network(splits, DEFAULT_CARD, tmp_path / "out", plan, "tiny")
    assert trained
    card = trained.card
    check_files(card)
    assert card.path == tmp_path / "out" / "tiny.json"
    assert card.training["data"]["images"] == {"classes": 4, "pictures": 8, "held_out_to_stop_on": 0}
    assert card.training["previous"]["weights_sha256"]
    by_graph, by_torch = (Embedder.load(tmp_path / "out", name).embed([noise()]) for name in ("onnxruntime", "torch"))
    np.testing.assert_allclose(by_graph, by_torch, atol=1e-4)
    titles = [section.heading.partition(" (")[0] for section in trained.sections]
    assert titles == ["Training", "images: leave one out", "images: rephotographed"]
    assert set(card.training["figures"]) == set(titles[1:])
    report = (tmp_path / "out" / "report.md").read_text()
    assert all(f"## {title}" in report for title in titles)
    assert (tmp_path / "out" / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert len(json.loads((tmp_path / "out" / "report.json").read_text())["history"]) == 1


def test_blended_weights_lie_between_initial_and_trained_ones(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    plan = Plan(epochs=1, batch=8, paired=2, sizes=((0.0, 48),))
    splits = [read_split(catalogue(tmp_path / "images", 4))]
    runs = [
        train_network(splits, DEFAULT_CARD, tmp_path / str(share), plan, "tiny", share=share)
        for share in (0.0, 0.5, 1.0)
    ]
    none, half, all_ = (load_network(run.card.weights_path, run.card.body).state_dict() for run in runs if run)
    start = load_network(DEFAULT_CARD.with_suffix(".safetensors"), read_card(DEFAULT_CARD).body).state_dict()
    for name, value in half.items():
        if value.is_floating_point() and not name.startswith("projection."):  # is rotated, see the next test
            torch.testing.assert_close(none[name], start[name], rtol=0, atol=0)
            torch.testing.assert_close(value, (start[name] + all_[name]) / 2, rtol=2e-3, atol=1e-4)
    assert not torch.equal(half["projection.weight"], all_["projection.weight"])


def test_train_network_turns_the_projection_to_principal_axes_and_no_cosine_changes(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    images = catalogue(tmp_path / "images", 4)
    plan = Plan(epochs=1, batch=8, paired=2, sizes=((0.0, 48),))
    trained = train_network([read_split(images)], DEFAULT_CARD, tmp_path / "out", plan, "tiny", share=0.0)
    assert trained
    pictures = [path.read_bytes() for path in sorted(images.rglob("*.png"))]
    assert len(trained.card.spread) == trained.card.dimensions
    assert list(trained.card.spread) == sorted(trained.card.spread, reverse=True)
    before, after = (Embedder.load(path).embed(pictures) for path in (DEFAULT_CARD, tmp_path / "out"))
    np.testing.assert_allclose(before @ before.T, after @ after.T, atol=2e-3)
    wide, narrow = (np.abs(after - after.mean(axis=0))[:, part].max() for part in (slice(3), slice(-50, None)))
    assert wide > 5 * narrow


def test_blending_works_from_an_imagenet_body(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    plan = Plan(epochs=1, batch=8, paired=2, sizes=((0.0, 48),))
    splits = [read_split(catalogue(tmp_path / "images", 4))]
    body = tmp_path / "body.safetensors"
    save_file({f"features.{name}": value for name, value in EmbeddingNetwork().features.state_dict().items()}, body)
    trained = train_network(splits, body, tmp_path / "out", plan, "tiny", share=0.0)
    assert trained
    assert trained.card.training["blend"] == 0.0
    weights = load_network(trained.card.weights_path, trained.card.body).state_dict()
    for name, value in load_file(body).items():
        if value.is_floating_point():
            torch.testing.assert_close(weights[name], value, rtol=2e-3, atol=1e-4)


def test_folders_with_the_same_name_are_refused(tmp_path: Path) -> None:
    roots = [catalogue(tmp_path / name / "images", 2) for name in ("a", "b")]
    with pytest.raises(BadDataset, match="different names"):
        train_network([read_split(root) for root in roots], DEFAULT_CARD, tmp_path / "out", Plan(), "tiny")
