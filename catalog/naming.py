"""Slugs for names that arrive without one, and the rows that carry them: found, or made."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, count

from django.utils.text import slugify

from catalog.models import Attribute, AttributeValue, Category

Path = tuple[str, ...]


def free_slug(name: str, longest: int, is_taken: Callable[[str], bool], above: str = "") -> str:
    """A slug for the name that is not taken: alone, with the one above, or with a number."""
    own = (slugify(name) or slugify(name, allow_unicode=True) or "x")[: longest - 5]
    tries = [own, *([f"{above[: longest // 2]}-{own}"[: longest - 5]] if above else [])]
    numbered = (f"{tries[-1]}-{number}" for number in count(2))
    return next(slug for slug in chain(tries, numbered) if not is_taken(slug))


class Names:
    """Categories by their path of names, and attribute values by attribute and value; missing ones are made.

    What was found is remembered. Make a new one when the transaction that it served was rolled back.
    """

    def __init__(self) -> None:
        self._categories: dict[Path, Category] = {}
        self._attributes = {attribute.slug: attribute for attribute in Attribute.objects.all()}
        self._values = {
            (value.attribute_id, value.slug): value for value in AttributeValue.objects.select_related("attribute")
        }
        by_path: dict[str, Path] = {}
        for category in Category.objects.order_by("path"):
            by_path[category.path] = (*by_path.get(category.path[: -Category.steplen], ()), category.name)
            self._categories.setdefault(by_path[category.path], category)

    def category(self, path: Path) -> Category:
        """The category at this path of names."""
        if path not in self._categories:
            parent = Category.objects.get(pk=self.category(path[:-1]).pk) if path[:-1] else None
            above = parent.slug if parent else ""
            slug = free_slug(path[-1], 120, lambda slug: Category.objects.filter(slug=slug).exists(), above)
            fields = {"name": path[-1], "slug": slug}
            made = Category.objects.add_child(parent, fields) if parent else Category.objects.add_root(fields)
            self._categories[path] = made
        return self._categories[path]

    def value(self, attribute: str, name: str) -> AttributeValue:
        """The attribute's value of this name; two names with the same slug are the same value."""
        if attribute not in self._attributes:
            title = attribute.replace("-", " ").replace("_", " ").capitalize()
            self._attributes[attribute] = Attribute.objects.create(slug=attribute, name=title)
        row = self._attributes[attribute]
        slug = (slugify(name) or slugify(name, allow_unicode=True) or "x")[:110]
        if (row.pk, slug) not in self._values:
            self._values[row.pk, slug] = AttributeValue.objects.create(attribute=row, slug=slug, value=name)
        return self._values[row.pk, slug]
