"""Compact descriptions of a product: shape, surfaces, text and price in one place."""

import re
from dataclasses import dataclass
from typing import Any

from demo.render.design import Design
from demo.render.finish import finishes
from demo.render.listing import Listing, Variant

OFFER = re.compile(r"(?:(?P<size>.+): )?(?P<price>\d+\.\d\d) x(?P<stock>\d+)(?: was (?P<was>\d+\.\d\d))?")


@dataclass(frozen=True)
class Piece:
    """A product in one row.

    ``finishes`` parses ``surfaces``, and ``offer`` parses ``offers``. ``facts`` are colour, material and pattern.
    ``look`` is the alternative text of the picture without the angle.
    """

    slug: str
    title: str
    brand: str
    shape: dict[str, Any]
    surfaces: str
    facts: str
    look: str
    description: str
    offers: str


@dataclass(frozen=True)
class Product:
    """The design and the listing of a piece."""

    design: Design
    listing: Listing


@dataclass(frozen=True)
class Shelf:
    """The family, category and SKU prefix of a group of pieces."""

    family: str
    category: str
    sku: str

    def place(self, *pieces: Piece) -> list[Product]:
        return [self._product(piece) for piece in pieces]

    def _product(self, piece: Piece) -> Product:
        colour, material, pattern = piece.facts.split(", ")
        words = [word[:4].upper() for word in piece.slug.split("-") if word not in self.family]
        code = "-".join([self.sku, *words])
        return Product(
            Design(piece.slug, self.family, piece.shape, finishes(piece.surfaces)),
            Listing(
                piece.slug,
                piece.title,
                piece.brand,
                self.category,
                colour,
                material,
                pattern,
                piece.look,
                piece.description,
                tuple(offer(code, text) for text in piece.offers.split("; ")),
            ),
        )


def offer(code: str, text: str) -> Variant:
    """Parse ``24.00 x12``, ``24.00 x12 was 30.00`` or, with sizes, ``300 ml: 24.00 x12``."""
    found = OFFER.fullmatch(text)
    if found is None:
        raise ValueError(f"{code}: cannot read the offer “{text}”")
    size = found["size"] or ""
    ending = re.sub(r"[^A-Z0-9]", "", size.upper())
    return Variant(f"{code}-{ending}" if size else code, found["price"], found["was"] or "", int(found["stock"]), size)
