"""Photos that customers took, against the catalogue: the measure that counts. Nothing in training reads them.

`truth.csv` has the columns `photo,product,notes`, and `region` where photos show several products: the part of the
photo with this one, as `x,y,width,height` in fractions. An empty product means that the shop does not sell the thing:
such photos are left out of recall, and tell how well the best score separates what is sold from what is not.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visualsearch.embedding.embedder import Embedder, Vectors
from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.training.dataset import BadDataset, Labels, LabelSpace
from visualsearch.training.evaluate import Measured, embed_space, ranked_classes, retrieval
from visualsearch.training.progress import chunks_with_progress


@dataclass(frozen=True)
class Photo:
    """One thing on one photo; `label` is its product's position among the catalogue's classes."""

    path: Path
    label: int
    region: Region = WHOLE


@dataclass(frozen=True)
class Truth:
    """Photos of what is sold, as they are or with a part marked, and photos of what is not."""

    whole: tuple[Photo, ...]
    parts: tuple[Photo, ...]
    not_sold: tuple[Path, ...]


@dataclass(frozen=True)
class Miss:
    """A photo whose product did not come first, with the best picture of either; `gap` is how far it lay behind."""

    photo: Photo
    wanted: str
    found: str
    wanted_picture: Path
    found_picture: Path
    gap: float


@dataclass(frozen=True)
class Customers:
    """What was measured; `misses` come worst first, and `separation` is the AUROC of the best score."""

    whole: Measured | None
    parts: Measured | None
    groups: Mapping[str, Measured]
    misses: tuple[Miss, ...]
    separation: float | None


def read_truth(path: Path, photos: Path, catalogue: LabelSpace) -> Truth:
    """Read truth.csv. Raises BadDataset for a photo that is not there or a product that is not in the catalogue."""
    position = {name: index for index, name in enumerate(catalogue.classes)}
    whole: list[Photo] = []
    parts: list[Photo] = []
    not_sold: list[Path] = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            photo, product, region = photos / row["photo"], (row["product"] or "").strip(), row.get("region") or ""
            if not photo.is_file():
                raise BadDataset(f"{path} names {row['photo']}, which is not in {photos}.")
            if product and product not in position:
                raise BadDataset(
                    f"{path} says that {row['photo']} shows {product}, which the catalogue does not have."
                )
            if not product:
                not_sold.append(photo)
            elif region:
                parts.append(Photo(photo, position[product], _read_region(region, row["photo"])))
            else:
                whole.append(Photo(photo, position[product]))
    return Truth(tuple(whole), tuple(parts), tuple(not_sold))


def read_groups(path: Path) -> dict[str, str]:
    """The category of each product, the last part of it, from a catalogue as `import_catalog` takes it."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row.get("product") or "", row.get("category") or "") for row in csv.DictReader(file)]
    return {product: category.rsplit(">", 1)[-1].strip() for product, category in rows if category}


def measure(embedder: Embedder, catalogue: LabelSpace, truth: Truth, groups: Mapping[str, str]) -> Customers:
    """Every photo against every picture of the catalogue; a product counts once, with its best picture.

    `groups` names the group, such as the category, of the products that are to be measured by group as well.
    """
    gallery = embed_space(embedder, catalogue, "catalogue")
    whole, parts = (_Asked(embedder, photos, gallery, catalogue) for photos in (truth.whole, truth.parts))
    return Customers(
        whole.figures() if truth.whole else None,
        parts.figures() if truth.parts else None,
        dict(whole.by_group(groups)),
        tuple(sorted([*whole.misses(), *parts.misses()], key=lambda miss: -miss.gap)),
        _separation(embedder, truth.not_sold, whole.scores.max(axis=1, initial=-1.0), gallery),
    )


class _Asked:
    """Photos that have been looked at, and how alike they are to each picture of the catalogue."""

    def __init__(self, embedder: Embedder, photos: Sequence[Photo], gallery: Vectors, catalogue: LabelSpace) -> None:
        self.photos, self.gallery, self.catalogue = photos, gallery, catalogue
        chunks = chunks_with_progress(photos, 64, "photos")
        looks = [embedder.embed([each.path.read_bytes() for each in c], [each.region for each in c]) for c in chunks]
        self.vectors = np.concatenate(looks) if looks else np.empty((0, gallery.shape[1]), dtype=np.float32)
        self.labels: Labels = np.array([photo.label for photo in photos], dtype=np.int64)
        self.scores: Vectors = self.vectors @ gallery.T

    def figures(self, chosen: npt.NDArray[np.int64] | slice = slice(None)) -> Measured:
        return retrieval(self.vectors[chosen], self.labels[chosen], self.gallery, self.catalogue.labels)

    def by_group(self, groups: Mapping[str, str]) -> Iterator[tuple[str, Measured]]:
        of_photo = np.array([groups.get(self.catalogue.classes[label], "") for label in self.labels])
        for group in sorted({group for group in of_photo.tolist() if group}):
            yield group, self.figures(np.flatnonzero(of_photo == group))

    def misses(self) -> Iterator[Miss]:
        names = self.catalogue.classes
        if not self.photos:
            return
        first = ranked_classes(self.vectors, self.gallery, self.catalogue.labels)[:, 0]
        for photo, found, scores in zip(self.photos, first, self.scores, strict=True):
            if found != photo.label:
                own = np.flatnonzero(self.catalogue.labels == photo.label)
                wanted, best = own[scores[own].argmax()], scores.argmax()
                pictures = (self.catalogue.paths[wanted], self.catalogue.paths[best])
                yield Miss(photo, names[photo.label], names[found], *pictures, float(scores[best] - scores[wanted]))


def _read_region(text: str, photo: str) -> Region:
    try:
        region = Region(*(float(part) for part in text.split(",")))
    except (TypeError, ValueError) as error:
        raise BadDataset(f"The region of {photo} is {text!r}; it has to be x,y,width,height in fractions.") from error
    if min(region) < 0 or region.x + region.width > 1.0001 or region.y + region.height > 1.0001:
        raise BadDataset(f"The region {text!r} of {photo} leaves the photo.")
    return region


def _separation(
    embedder: Embedder, not_sold: Sequence[Path], sold: npt.NDArray[np.float32], gallery: Vectors
) -> float | None:
    if not not_sold:
        return None
    strangers = embedder.embed([path.read_bytes() for path in not_sold])
    return auroc(sold, (strangers @ gallery.T).max(axis=1))


def auroc(higher: npt.NDArray[np.float32], lower: npt.NDArray[np.float32]) -> float:
    """How often a score of the first kind beats one of the second: 1 is perfect, 0.5 is chance."""
    wins = (higher[:, None] > lower[None, :]).mean() + 0.5 * (higher[:, None] == lower[None, :]).mean()
    return float(wins)
