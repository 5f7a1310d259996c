"""The head names what a vector shows, or is silent."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from safetensors.numpy import save

from visualsearch.embedding.card import DEFAULT_CARD, BadCard, read_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.kinds.head import DEFAULT, OTHER, KindsHead
from visualsearch.kinds.vocabulary import NAMES

PHOTOS = settings.BASE_DIR / "demo" / "photos"


def write_head(folder: Path, weight: np.ndarray, kinds: list[str], **changes: Any) -> Path:
    path = folder / "kinds.json"
    data = save({"weight": weight.astype(np.float16)})
    path.with_suffix(".safetensors").write_bytes(data)
    card = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "network_sha256": "0" * 64,
        "kinds": kinds,
        "scale": 20.0,
        "least_probability": 0.7,
        "least_cosine": 0.4,
        "licence": "MIT",
        "training": {},
    }
    path.write_text(json.dumps(card | changes))
    return path


def unit(*numbers: float) -> np.ndarray:
    vector = np.array(numbers, dtype=np.float32)
    return vector / np.linalg.norm(vector)


@pytest.fixture
def head(tmp_path: Path) -> KindsHead:
    return KindsHead.load(write_head(tmp_path, np.eye(3, 4), ["hat", OTHER, "shoe"]))


def test_head_names_the_nearest_kind(head: KindsHead) -> None:
    guess = head.guess(unit(0.1, 0, 1, 0))
    assert guess is not None
    assert guess.kind == "shoe"
    assert 0.99 < guess.probability <= 1


@pytest.mark.parametrize(
    ("vector", "why"),
    [
        (unit(1, 0, 0.99, 0), "it may be either"),
        (unit(0.3, 0, 0, 1), "it is a hat rather than a shoe, but hardly one"),
        (unit(0, 1, 0, 0), "it is something else"),
    ],
)
def test_head_is_silent_if_in_doubt(head: KindsHead, vector: np.ndarray, why: str) -> None:
    assert head.guess(vector) is None, why


def test_weights_that_do_not_fit_the_card_are_refused(tmp_path: Path) -> None:
    path = write_head(tmp_path, np.eye(3, 4), ["hat", "shoe"])
    with pytest.raises(BadCard, match="an output for each kind"):
        KindsHead.load(path)
    path.with_suffix(".safetensors").write_bytes(b"changed")
    with pytest.raises(BadCard, match="sha256"):
        KindsHead.load(path)
    with pytest.raises(BadCard, match="is not the card"):
        KindsHead.load(tmp_path / "missing.json")


def test_packaged_head_belongs_to_the_default_network_and_all_its_kinds_have_names() -> None:
    card = KindsHead.load().card
    assert card.network_sha256 == read_card(DEFAULT_CARD).weights_sha256
    assert set(card.kinds) - {OTHER} == set(NAMES)


@pytest.mark.parametrize(
    ("photo", "kind"), [("145", "laptop"), ("44", "headphones"), ("147", "camera"), ("01", "teapot")]
)
def test_packaged_head_names_what_a_photo_shows(photo: str, kind: str) -> None:
    (vector,) = Embedder.load().embed([(PHOTOS / f"{photo}.jpg").read_bytes()])
    guess = KindsHead.load().guess(vector)
    assert guess is not None
    assert guess.kind == kind


def test_names_of_kinds_are_different() -> None:
    assert len({str(name.phrase) for name in NAMES.values()}) == len(NAMES)
    assert len({str(name.plural) for name in NAMES.values()}) == len(NAMES)


def test_weights_are_small() -> None:
    assert DEFAULT.with_suffix(".safetensors").stat().st_size < 100_000
