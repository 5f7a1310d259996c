"""Write demo/catalog.csv, one row per variant, from the designs and the listings.

Products whose pictures have not been rendered yet are left out, so that the file can always be imported.

python -m demo.render.catalogue_csv [--out demo/catalog.csv] [--images demo/images]
"""

import argparse
import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.utils.text import slugify

from demo.render.catalogue import BY_SLUG, DESIGNS
from demo.render.listing import Listing
from demo.render.listings_home import LISTINGS_HOME
from demo.render.listings_kitchen import LISTINGS_KITCHEN
from demo.render.listings_living import LISTINGS_LIVING
from demo.render.listings_storage import LISTINGS_STORAGE
from demo.render.pieces import PIECES

LISTINGS: dict[str, Listing] = {
    listing.slug: listing
    for listing in (
        *LISTINGS_KITCHEN,
        *LISTINGS_LIVING,
        *LISTINGS_HOME,
        *LISTINGS_STORAGE,
        *(piece.listing for piece in PIECES),
    )
}
COLUMNS = [
    "product",
    "title",
    "brand",
    "category",
    "family",
    "description",
    "status",
    "publish_at",
    "sold",
    "sku",
    "price",
    "compare_at_price",
    "stock",
    "images",
    "image_alts",
    "attribute:colour",
    "attribute:material",
    "attribute:pattern",
    "option:size",
]
INSIDE = ("seen from the front", "seen from above, with a view inside")
ANGLES = {
    "mug": INSIDE,
    "bowl": INSIDE,
    "planter": INSIDE,
    "basket": INSIDE,
    "vase": ("seen from the front", "seen from above"),
    "bottle": ("seen from the front", "seen from above"),
    "tray": ("seen from above", "seen from the side"),
    "board": ("seen from above", "seen from the side"),
    "teapot": ("seen from the side", "seen from the spout and above"),
    "jug": INSIDE,
    "tumbler": INSIDE,
    "can": INSIDE,
    "plate": ("seen from above", "seen from the side"),
    "glass": ("seen from the front", "seen from above"),
    "jar": ("seen from the front", "seen from above"),
    "mill": ("seen from the front", "seen from above"),
    "lamp": ("lit, seen from the front", "lit, seen from above"),
    "wax candle": ("seen from the front", "seen from above"),
    "hurricane": ("seen from the front", "seen from above"),
    "tealight": ("seen from the front", "seen from above"),
    "bookends": ("seen from the front", "seen from above"),
    "chair": ("seen from the front", "seen from the other side"),
    "pouf": ("seen from the front", "seen from above"),
    "steps": ("seen from the front", "seen from above"),
    "table": ("seen from the front", "seen from above"),
    "domed chest": ("seen from the front", "seen from above and the side"),
    "wire basket": INSIDE,
    "crate": INSIDE,
    "trough": INSIDE,
    "paddle": ("seen from above", "seen from the side"),
    "pendant": ("lit, seen from the front", "lit, seen from below"),
    "ball lamp": ("lit, seen from the front", "lit, seen from above"),
    "dome lamp": ("lit, seen from the front", "lit, seen from above"),
    "desk lamp": ("lit, seen from the front", "lit, seen from above"),
    "clock": ("seen from the front", "seen from the side"),
    "stool": ("seen from the front", "seen from above"),
    "box": ("seen from the front", "seen from above and the side"),
}


def sold_of(slug: str) -> int:
    """Return how often a product was sold, derived from its slug: a few sell very often, most rarely."""
    share = int.from_bytes(hashlib.sha256(slug.encode()).digest()[:4], "big") / 2**32
    return round(4 / (share + 0.01))


def family_of(listing: Listing) -> str:
    """Return the slug of what the title shares with others of its brand and category, or "" if there are none."""
    shared = _shared(listing)
    return slugify(shared[-1]) if sum(_shared(each) == shared for each in LISTINGS.values()) > 1 else ""


def _shared(listing: Listing) -> tuple[str, str, str]:
    return listing.brand, listing.category, listing.title.rpartition(", ")[0] or listing.title


def rows_of(listing: Listing) -> Iterator[dict[str, str]]:
    """Return the rows of a product: the first describes it, the others hold only what differs per variant."""
    design = BY_SLUG[listing.slug]
    angles = ANGLES.get(design.family, ("seen from the front", "seen from the side"))
    first = {
        "title": listing.title,
        "brand": listing.brand,
        "category": listing.category,
        "family": family_of(listing),
        "description": listing.description,
        "status": "published",
        "sold": str(sold_of(listing.slug)),
        "images": "|".join(design.pictures),
        "image_alts": "|".join(f"{listing.look}, {angle}" for angle in angles),
        "attribute:colour": listing.colour,
        "attribute:material": listing.material,
        "attribute:pattern": listing.pattern,
    }
    for i, variant in enumerate(listing.variants):
        row = dict.fromkeys(COLUMNS, "")
        row |= first if i == 0 else {}
        row |= {
            "product": listing.slug,
            "sku": variant.sku,
            "price": variant.price,
            "compare_at_price": variant.compare_at,
            "stock": str(variant.stock),
            "option:size": variant.size,
        }
        yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo/catalog.csv"))
    parser.add_argument("--images", type=Path, default=Path("demo/images"))
    options = parser.parse_args()
    ready = [design for design in DESIGNS if design.is_pictured(options.images)]
    with options.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for design in ready:
            writer.writerows(rows_of(LISTINGS[design.slug]))
    print(f"{len(ready)} products; {len(DESIGNS) - len(ready)} still wait for their pictures")


if __name__ == "__main__":
    main()
