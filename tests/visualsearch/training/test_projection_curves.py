"""The curves of a fitted projection."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from tests.visualsearch.training.test_projection import made_pairs
from visualsearch.embedding.network import EmbeddingNetwork
from visualsearch.training.projection import fit_projection
from visualsearch.training.projection_curves import History, Watched


def test_history_scores_the_start_and_each_epoch_and_draws_them(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    network, pairs, unseen = EmbeddingNetwork(dimensions=16).eval(), made_pairs(300, seed=2), made_pairs(80, seed=3)
    labels = np.arange(80)
    history = History([Watched("photos", unseen.photos, labels, unseen.pictures, labels)])
    fit_projection(network, pairs, watch=history.record)
    assert [record["epoch"] for record in history.epochs] == [-1, 0, 1, 2, 3, 4, 5]
    start, *rest = history.epochs
    assert start["loss"] is None
    assert rest[-1]["loss"] < rest[0]["loss"]
    found = [record["scores"]["photos"]["recall_at_1"] for record in history.epochs]
    assert found[-1] > 0.8
    with torch.no_grad():
        gallery, queries = (
            torch.nn.functional.normalize(network.projection(torch.from_numpy(each)), dim=1).numpy()
            for each in (unseen.pictures, unseen.photos)
        )
    assert found[-1] == ((queries @ gallery.T).argmax(axis=1) == labels).mean(), "the last is the fitted projection"
    history.draw(tmp_path / "curves.png")
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.width > 600
