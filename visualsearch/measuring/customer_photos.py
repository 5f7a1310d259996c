"""Photos that customers took, against the catalogue: the measure that counts. Nothing in training reads them.

`truth.csv` has the columns `photo,product,notes`, and `region` where photos show several products: the part of the
photo with this one, as `x,y,width,height` in fractions. An empty product means that the shop does not sell the thing:
such photos are left out of recall, and tell how well the best score separates what is sold from what is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.measuring.dataset import BadDataset, LabelSpace
from visualsearch.measuring.parents import read_rows
from visualsearch.measuring.trials import Query, Trial


@dataclass(frozen=True)
class Truth:
    """Photos of what is sold, as they are or with a part marked, and photos of what is not.

    The number beside a photo is its product's position among the catalogue's classes.
    """

    whole: tuple[tuple[Query, int], ...]
    parts: tuple[tuple[Query, int], ...]
    not_sold: tuple[Query, ...]


def read_truth(path: Path, photos: Path, catalogue: LabelSpace) -> Truth:
    """Read truth.csv. Raises BadDataset for a photo that is not there or a product that is not in the catalogue."""
    position = {name: index for index, name in enumerate(catalogue.classes)}
    whole: list[tuple[Query, int]] = []
    parts: list[tuple[Query, int]] = []
    not_sold: list[Query] = []
    for row in read_rows(path, ("photo", "product")):
        query, product = _read_photo(row, photos, path), row["product"].strip()
        if product and product not in position:
            raise BadDataset(f"{path} says that {row['photo']} shows {product}, which the catalogue does not have.")
        if not product:
            not_sold.append(query)
        else:
            (whole if query.region == WHOLE else parts).append((query, position[product]))
    return Truth(tuple(whole), tuple(parts), tuple(not_sold))


def trials(catalogue: LabelSpace, truth: Truth, groups: Mapping[str, str]) -> list[Trial]:
    """Whole photos, then those with a part marked, against the catalogue; `groups` names the category of products."""
    named = (("customers' photos", truth.whole), ("customers' photos, a part marked", truth.parts))
    asked = [(title, photos) for title, photos in named if photos]
    if not asked:
        raise BadDataset("None of the photos shows anything that is sold.")
    return [
        Trial(
            title,
            tuple(query for query, _ in photos),
            np.array([label for _, label in photos], dtype=np.int64),
            catalogue,
            parents=groups,
            strangers=truth.not_sold if photos is truth.whole else (),
            by_customers=True,
        )
        for title, photos in asked
    ]


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
        raise BadDataset(f"The region of {photo} is {text!r}; it has to be x,y,width,height in fractions.") from error
    edges = (region.x + region.width, region.y + region.height)
    if not (min(region) >= 0 and min(region.width, region.height) > 0 and max(edges) <= 1.0001):
        raise BadDataset(f"The region {text!r} of {photo} leaves the photo.")
    return region
