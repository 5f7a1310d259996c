"""Photos that customers took, against the catalogue: the measure that counts. Nothing in training reads them.

`truth.csv` has the columns `photo,product,notes`. An empty product means that the shop does not sell the thing: such
photos are left out of recall, and tell how well the best score separates what is sold from what is not.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visualsearch.embedding.embedder import Embedder
from visualsearch.training.dataset import BadDataset, LabelSpace
from visualsearch.training.evaluate import Measured, embed_space, ranked_classes, retrieval


@dataclass(frozen=True)
class Truth:
    """Photos of things that are sold, labelled by the catalogue's classes, and photos of things that are not."""

    sold: LabelSpace
    not_sold: tuple[Path, ...]


@dataclass(frozen=True)
class Customers:
    """What was measured; `misses` are (photo, wanted, found), and `separation` is the AUROC of the best score."""

    figures: Measured
    misses: tuple[tuple[str, str, str], ...]
    separation: float | None


def read_truth(path: Path, photos: Path, catalogue: LabelSpace) -> Truth:
    """Read truth.csv. Raises BadDataset for a photo that is not there or a product that is not in the catalogue."""
    position = {name: index for index, name in enumerate(catalogue.classes)}
    sold: list[tuple[Path, int]] = []
    not_sold: list[Path] = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            photo, product = photos / row["photo"], (row["product"] or "").strip()
            if not photo.is_file():
                raise BadDataset(f"{path} names {row['photo']}, which is not in {photos}.")
            if product and product not in position:
                raise BadDataset(
                    f"{path} says that {row['photo']} shows {product}, which the catalogue does not have."
                )
            if product:
                sold.append((photo, position[product]))
            else:
                not_sold.append(photo)
    labels = np.array([label for _, label in sold], dtype=np.int64)
    return Truth(LabelSpace("customers", catalogue.classes, tuple(p for p, _ in sold), labels), tuple(not_sold))


def measure(embedder: Embedder, catalogue: LabelSpace, truth: Truth) -> Customers:
    """Every photo against every picture of the catalogue; a product counts once, with its best picture."""
    gallery = embed_space(embedder, catalogue, "catalogue")
    photos = embed_space(embedder, truth.sold, "photos")
    first = ranked_classes(photos, gallery, catalogue.labels)[:, 0]
    names = catalogue.classes
    misses = tuple(
        (path.name, names[wanted], names[found])
        for path, wanted, found in zip(truth.sold.paths, truth.sold.labels, first, strict=True)
        if wanted != found
    )
    return Customers(
        retrieval(photos, truth.sold.labels, gallery, catalogue.labels),
        misses,
        _separation(embedder, truth, (photos @ gallery.T).max(axis=1), gallery),
    )


def _separation(
    embedder: Embedder, truth: Truth, sold: npt.NDArray[np.float32], gallery: npt.NDArray[np.float32]
) -> float | None:
    if not truth.not_sold:
        return None
    strangers = embedder.embed([path.read_bytes() for path in truth.not_sold])
    return auroc(sold, (strangers @ gallery.T).max(axis=1))


def auroc(higher: npt.NDArray[np.float32], lower: npt.NDArray[np.float32]) -> float:
    """How often a score of the first kind beats one of the second: 1 is perfect, 0.5 is chance."""
    wins = (higher[:, None] > lower[None, :]).mean() + 0.5 * (higher[:, None] == lower[None, :]).mean()
    return float(wins)
