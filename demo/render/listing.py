"""The listing of one product: text, prices and stock, independent of rendering."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """A variant. ``size`` is empty if there is only one."""

    sku: str
    price: str
    compare_at: str
    stock: int
    size: str = ""


@dataclass(frozen=True)
class Listing:
    """The listing of a product. ``look`` is the alternative text of the picture without the angle."""

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
    """Return variants for (size, SKU suffix, price, stock). The first gets the compare-at price."""
    return tuple(
        Variant(f"{sku}-{ending}", price, compare_at if i == 0 else "", stock, size)
        for i, (size, ending, price, stock) in enumerate(rows)
    )
