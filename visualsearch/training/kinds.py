"""Train the head that names kinds of goods, on the vectors of a network that does not change.

Cosine softmax (Zhai & Wu 2019, "Classification is a Strong Baseline for Deep Metric Learning", arXiv:1811.12649), then
one temperature on pictures that were held out (Guo et al. 2017, "On Calibration of Modern Neural Networks",
arXiv:1706.04599). Pictures of other things are a kind of their own, which is never named.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import save
from torch.nn import functional

from catalog.atomic_files import atomic_write, atomic_write_text
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.vectors import unit_vectors
from visualsearch.kinds.head import OTHER, KindsCard, KindsHead, softmax
from visualsearch.measuring.dataset import LabelSpace, Split
from visualsearch.measuring.progress import chunks_with_progress
from visualsearch.training.plan import TrainingError

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

LICENCE = "MIT"
MIN_PICTURES = 4  # of a kind, to learn it
MOST = {OTHER: 600}  # pictures to learn from; of a kind without a number:
MOST_OF_A_KIND = 120
LEAST_PROBABILITY = 0.7
MISSED = 0.15  # share of held-out pictures whose cosine is too low to name them
_SCALE = 16.0  # of the cosines in training
_STEPS = 60
_FOLDERS: Mapping[str, Sequence[str]] = {  # further names of folders and categories with pictures of a kind
    "beetroot": ["red-beet"],
    "binoculars": ["binocular"],
    "bodysuit": ["body"],
    "car": ["car-side"],
    "chair": ["windsor-chair"],
    "courgette": ["zucchini"],
    "flower": ["sunflower", "lotus", "water-lilly"],
    "football": ["soccer-ball"],
    "grapefruit": ["red-grapefruit"],
    "guitar": ["electric-guitar"],
    "headphones": ["headphone"],
    "inline-skates": ["inline-skate"],
    "jacket": ["outwear"],
    "jar": ["storage-jars"],
    "jug": ["ewer"],
    "long-sleeve": ["longsleeve"],
    "milk": ["oat-milk", "soy-milk", "sour-milk"],
    "mug": ["cup"],
    "mushroom": ["brown-cap-mushroom"],
    "orange": ["satsumas"],
    "peach": ["nectarine"],
    "phone": ["cellphone"],
    "piano": ["grand-piano"],
    "polo-shirt": ["polo"],
    "shirt": ["blouse"],
    "spanner": ["wrench"],
    "table-lamp": ["lamp"],
    "top": ["undershirt"],
    "trousers": ["pants"],
    "tuba": ["euphonium"],
    "yoghurt": ["oatghurt", "soyghurt"],
}
_IGNORED = {"not-sure", "other"}  # clothes, but nobody said which


class Labelled(NamedTuple):
    """Vectors (n, dimensions) and the kinds that they show (n,)."""

    vectors: Floats
    kinds: Labels


def train_kinds(
    embedder: Embedder, splits: Sequence[Split], kinds: Sequence[str], out: Path, seed: int = 0
) -> KindsHead:
    """Train a head for the kinds and write it to `out`, which ends in .json; return it loaded.

    Folders are named like a kind, or as `_FOLDERS` says; all others show something else. What the splits hold out
    sets temperature and thresholds. Raises TrainingError for less than two kinds of pictures, or none held out.
    """
    random = np.random.default_rng(seed)
    train = _chosen([split.train for split in splits], kinds, random)
    held_out = _chosen([split.held_out for split in splits if split.held_out], kinds, random)
    counts = Counter(kind for kind, _ in train)
    known = [kind for kind in sorted(counts) if counts[kind] >= MIN_PICTURES]
    held_out = [(kind, path) for kind, path in held_out if kind in known]
    if len(set(known) - {OTHER}) < 2 or not any(kind != OTHER for kind, _ in held_out):
        raise TrainingError(
            f"There are pictures of {len(set(known) - {OTHER})} kinds, {len(held_out)} of them held out. Name the "
            "folders like kinds of goods, and give at least two of these."
        )
    examples = _embed(embedder, [row for row in train if row[0] in known], known, "pictures")
    weight = _fit(examples, len(known))
    return _save(embedder, weight, known, _embed(embedder, held_out, known, "held out"), len(examples.kinds), out)


def kind_of(folder: str, kinds: Sequence[str]) -> str | None:
    """Return the kind that pictures in a folder show: one of `kinds`, OTHER, or None if nobody knows.

    The last part of the path that names a kind decides.
    """
    names = {name: kind for kind in kinds for name in (kind, *_FOLDERS.get(kind, ()))}
    names |= {f"{name}{ending}": kind for name, kind in list(names.items()) for ending in ("s", "es")}
    parts = [re.sub(r"[ _]+", "-", part.lower()) for part in reversed(folder.split("/"))]
    if _IGNORED.intersection(parts):
        return None
    return next((names[part] for part in parts if part in names), OTHER)


def _chosen(spaces: Sequence[LabelSpace], kinds: Sequence[str], random: np.random.Generator) -> list[tuple[str, Path]]:
    """Return pictures with their kinds, a random choice of each kind."""
    by_kind: dict[str, list[Path]] = {}
    for kind, path in _labelled(spaces, kinds):
        by_kind.setdefault(kind, []).append(path)
    return [
        (kind, paths[position])
        for kind, paths in sorted(by_kind.items())
        for position in np.sort(random.permutation(len(paths))[: MOST.get(kind, MOST_OF_A_KIND)])
    ]


def _labelled(spaces: Sequence[LabelSpace], kinds: Sequence[str]) -> Iterator[tuple[str, Path]]:
    for space in spaces:
        found = [kind_of(name, kinds) for name in space.classes]
        for path, label in zip(space.paths, space.labels, strict=True):
            if kind := found[label]:
                yield kind, path


def _embed(embedder: Embedder, rows: Sequence[tuple[str, Path]], known: Sequence[str], title: str) -> Labelled:
    chunks = chunks_with_progress([path for _, path in rows], 32, title)
    vectors = [embedder.embed([path.read_bytes() for path in chunk]) for chunk in chunks]
    return Labelled(np.concatenate(vectors), np.array([known.index(kind) for kind, _ in rows]))


def _fit(examples: Labelled, count: int) -> Floats:
    """Return a unit vector for each kind, (count, dimensions); rare kinds weigh more, by the root of their number."""
    vectors, wanted = torch.from_numpy(examples.vectors), torch.from_numpy(examples.kinds)
    means = np.stack([examples.vectors[examples.kinds == kind].mean(axis=0) for kind in range(count)])
    weight = torch.from_numpy(unit_vectors(means)).requires_grad_()
    rarity = torch.bincount(wanted, minlength=count).float().rsqrt()
    optimiser = torch.optim.LBFGS([weight], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> float:
        optimiser.zero_grad()
        scores = _SCALE * vectors @ functional.normalize(weight, dim=1).T
        found = functional.cross_entropy(scores, wanted, weight=rarity)
        found.backward()  # type: ignore[no-untyped-call]
        return found.item()

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return functional.normalize(weight.detach(), dim=1).numpy()


def _temperature(cosines: Floats, kinds: Labels) -> float:
    """Return what to multiply the cosines with, so that the softmax is most likely right as often as it says."""
    rows = np.arange(len(kinds))
    scales = np.exp(np.linspace(np.log(4), np.log(100), 100))
    losses = [-np.log(softmax(scale * cosines)[rows, kinds] + 1e-9).mean() for scale in scales]
    return round(float(scales[int(np.argmin(losses))]), 2)


def measure(cosines: Floats, labels: Labels, card: KindsCard) -> dict[str, float]:
    """Return how good the head is on pictures of known kinds, and how often it names pictures of others."""
    chances = softmax(card.scale * cosines)
    order = np.argsort(-chances, axis=1)
    top, rows = order[:, 0], np.arange(len(labels))
    other = card.kinds.index(OTHER) if OTHER in card.kinds else -1
    is_kind = labels != other
    named = (chances[rows, top] >= card.least_probability) & (cosines[rows, top] >= card.least_cosine) & (top != other)
    right = top == labels
    shares = {
        "top_1": right[is_kind].mean(),
        "top_5": (order[is_kind, :5] == labels[is_kind, None]).any(axis=1).mean(),
        "probability": chances[rows, top][is_kind].mean(),
        "named": named[is_kind].mean(),
        "right_if_named": right[is_kind & named].mean() if (is_kind & named).any() else 0.0,
    }
    if (~is_kind).any():
        shares["others_named"] = named[~is_kind].mean()
    counts = {"pictures": int(is_kind.sum()), "others": int((~is_kind).sum())}
    return counts | {name: round(float(value), 3) for name, value in shares.items()}


def _save(
    embedder: Embedder, weight: Floats, known: Sequence[str], held_out: Labelled, pictures: int, out: Path
) -> KindsHead:
    halved = weight.astype(np.float16)
    cosines = held_out.vectors @ unit_vectors(halved.astype(np.float32)).T
    is_kind = np.array(known)[held_out.kinds] != OTHER
    right = (cosines.argmax(axis=1) == held_out.kinds) & is_kind
    data = save({"weight": halved})
    card = KindsCard(
        sha256=hashlib.sha256(data).hexdigest(),
        network_sha256=embedder.card.weights_sha256,
        kinds=tuple(known),
        scale=_temperature(cosines[is_kind], held_out.kinds[is_kind]),
        least_probability=LEAST_PROBABILITY,
        least_cosine=round(float(np.quantile(cosines[right].max(axis=1), MISSED)), 3) if right.any() else 1.0,
        licence=LICENCE,
        training={},
    )
    training: dict[str, Any] = {"pictures": pictures, "held_out": measure(cosines, held_out.kinds, card)}
    out.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(out.with_suffix(".safetensors")) as file:
        file.write(data)
    with atomic_write_text(out) as text:
        text.write(json.dumps(asdict(card) | {"training": training}, indent=2, ensure_ascii=False) + "\n")
    return KindsHead.load(out)
