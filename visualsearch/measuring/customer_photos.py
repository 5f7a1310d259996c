"""Measure customer photos against the catalogue. Training never reads these photos.

`truth.csv` has the columns `photo,product,notes`, and `region` for photos of several products: the part of the photo
with this product, as `x,y,width,height` in fractions. An empty product means that the shop does not sell it; such
photos do not count for recall, but show how well the top score separates products that are sold from others.

In a further trial nobody marks a region: a customer selects the dot that the shop shows on the product.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from visualsearch.embedding.preprocess import WHOLE, Region, decode
from visualsearch.measuring.dataset import BadDataset, LabelSpace
from visualsearch.measuring.parents import read_rows
from visualsearch.measuring.trials import Query, Trial
from visualsearch.regions.boxes import ITEMS_SIDE, dot_within
from visualsearch.regions.finder import Finder


@dataclass(frozen=True)
class Truth:
    """Whole photos and photo regions, each with the index of its product's class, and photos of products not sold."""

    whole: tuple[tuple[Query, int], ...]
    regions: tuple[tuple[Query, int], ...]
    not_sold: tuple[Query, ...]


def read_truth(path: Path, photos: Path, catalogue: LabelSpace) -> Truth:
    """Read truth.csv. Raises BadDataset for a missing photo or a product that is not in the catalogue."""
    index = {name: position for position, name in enumerate(catalogue.classes)}
    whole: list[tuple[Query, int]] = []
    regions: list[tuple[Query, int]] = []
    not_sold: list[Query] = []
    for row in read_rows(path, ("photo", "product")):
        query, product = _read_photo(row, photos, path), row["product"].strip()
        if product and product not in index:
            raise BadDataset(f"{path} names the product {product} for {row['photo']}; the catalogue does not have it.")
        if not product:
            not_sold.append(query)
        else:
            (whole if query.region == WHOLE else regions).append((query, index[product]))
    return Truth(tuple(whole), tuple(regions), tuple(not_sold))


def customer_trials(catalogue: LabelSpace, truth: Truth, categories: Mapping[str, str]) -> list[Trial]:
    """Return the trials of whole photos and of regions against the catalogue."""
    titled = (("customer photos", truth.whole), ("customer photos, regions", truth.regions))
    groups = [(title, photos) for title, photos in titled if photos]
    if not groups:
        raise BadDataset("None of the photos shows a product of the catalogue.")
    return [
        Trial(
            title,
            tuple(query for query, _ in photos),
            np.array([label for _, label in photos], dtype=np.int64),
            catalogue,
            parents=categories,
            not_sold=truth.not_sold if photos is truth.whole else (),
            by_customers=True,
        )
        for title, photos in groups
    ]


def dots_trial(regions: Trial, finder: Finder) -> Trial:
    """Return the trial of regions again, but with the dots on them, and the whole photo for a region without a dot."""
    paths = {query.path for query in regions.queries}
    found = {path: finder.find(decode(path.read_bytes(), ITEMS_SIDE)) for path in sorted(paths)}
    dots = [dot_within(query.region, found[query.path]) for query in regions.queries]
    queries = tuple(
        Query(query.path, dot.box if dot else WHOLE) for query, dot in zip(regions.queries, dots, strict=True)
    )
    has_dot = sum(dot is not None for dot in dots)
    return replace(
        regions, title=f"customer photos, dots ({has_dot} of {len(dots)} regions have one)", queries=queries
    )


def _read_photo(row: Mapping[str, str], photos: Path, truth: Path) -> Query:
    photo = photos / row["photo"]
    if not row["photo"] or not photo.is_file():
        raise BadDataset(f"{truth} names {row['photo']!r}, which is not in {photos}.")
    region = row.get("region", "")
    return Query(photo, _read_region(region, row["photo"]) if region else WHOLE)


def _read_region(text: str, photo: str) -> Region:
    try:
        region = Region(*(float(part) for part in text.split(",")))
    except (TypeError, ValueError) as error:
        raise BadDataset(f"The region {text!r} of {photo} is not x,y,width,height in fractions.") from error
    edges = (region.x + region.width, region.y + region.height)
    if not (min(region) >= 0 and min(region.width, region.height) > 0 and max(edges) <= 1.0001):
        raise BadDataset(f"The region {text!r} of {photo} is empty or extends beyond the photo.")
    return region
