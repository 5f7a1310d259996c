"""One product as a thing to sell: words, prices and stock, free of anything about rendering."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """One row to buy; ``size`` is empty where there is nothing to choose."""

    sku: str
    price: str
    compare_at: str
    stock: int
    size: str = ""


@dataclass(frozen=True)
class Listing:
    """``look`` describes the picture for its alternative text, without the angle it was taken from."""

    slug: str
    title: str
    brand: str
    category: str
    colour: str
    material: str
    pattern: str
    look: str
    description: str
    variants: tuple[Variant, ...]


def one(sku: str, price: str, stock: int, compare_at: str = "") -> tuple[Variant, ...]:
    return (Variant(sku, price, compare_at, stock),)


def sizes(sku: str, *rows: tuple[str, str, str, int], compare_at: str = "") -> tuple[Variant, ...]:
    """Rows of (size, SKU ending, price, stock); the compare-at price goes to the first."""
    return tuple(
        Variant(f"{sku}-{ending}", price, compare_at if i == 0 else "", stock, size)
        for i, (size, ending, price, stock) in enumerate(rows)
    )
