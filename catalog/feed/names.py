"""Look up categories and attribute values by name, creating missing ones."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Max, Model

from catalog.models import Attribute, AttributeValue, Category, attribute_name
from catalog.text.slugs import free_slug

Path = tuple[str, ...]
KEYWORDS = {"tags"}  # attributes that hold keywords of other shops: searched, but no filters unless staff say so


class NameCache:
    """A cache of categories by their path of names and of attribute values by attribute and text.

    Names must match exactly after `clean_text`: A, A+ and a are three values. Slugs are never compared.

    Call `lock_names` and check `is_current` at the start of each transaction.
    """

    def __init__(self) -> None:
        self._categories: dict[Path, Category] = {}
        self._attributes = {attribute.slug: attribute for attribute in Attribute.objects.all()}
        self._values: dict[int, dict[str, AttributeValue]] = defaultdict(dict)
        self._value_slugs: dict[int, set[str]] = defaultdict(set)
        self._folded: dict[int, dict[str, str]] = defaultdict(dict)
        for value in AttributeValue.objects.select_related("attribute"):
            self._add(value)
        by_path: dict[str, Path] = {}
        for category in Category.objects.order_by("path"):
            by_path[category.path] = (*by_path.get(category.path[: -Category.steplen], ()), category.name)
            self._categories.setdefault(by_path[category.path], category)
        self._category_slugs = set(Category.objects.values_list("slug", flat=True))
        self._last = self._newest()

    def is_current(self) -> bool:
        """Return False if another import has added a name, or if a name added here was rolled back."""
        return self._last == self._newest()

    def category(self, path: Path) -> Category:
        """Return or create the category at this path of names."""
        if path not in self._categories:
            parent = Category.objects.get(pk=self.category(path[:-1]).pk) if path[:-1] else None
            slug = free_slug(path[-1], 120, self._category_slugs.__contains__, parent.slug if parent else "")
            fields = {"name": path[-1], "slug": slug}
            category = Category.objects.add_child(parent, fields) if parent else Category.objects.add_root(fields)
            self._last[Category] = category.pk
            self._categories[path] = category
            self._category_slugs.add(slug)
        return self._categories[path]

    def value(self, attribute: str, text: str, label: str = "") -> AttributeValue:
        """Return or create the attribute value with this text. The label names an attribute that is new."""
        if attribute not in self._attributes:
            name, is_filterable = label or attribute_name(attribute), attribute not in KEYWORDS
            created = Attribute.objects.create(slug=attribute, name=name, is_filterable=is_filterable)
            self._last[Attribute] = created.pk
            self._attributes[attribute] = created
        row = self._attributes[attribute]
        if text not in self._values[row.pk]:
            slug = free_slug(text, 110, self._value_slugs[row.pk].__contains__)
            value = AttributeValue.objects.create(attribute=row, slug=slug, value=text)
            self._last[AttributeValue] = value.pk
            self._add(value)
        return self._values[row.pk][text]

    def case_variant(self, attribute: str, text: str) -> str | None:
        """Return an existing value that differs from this new one only in case, if any."""
        row = self._attributes.get(attribute)
        if row is None or text in self._values[row.pk]:
            return None
        return self._folded[row.pk].get(text.casefold())

    @staticmethod
    def _newest() -> dict[type[Model], int | None]:
        return {
            model: model._default_manager.aggregate(last=Max("pk"))["last"]
            for model in (Category, Attribute, AttributeValue)
        }

    def _add(self, value: AttributeValue) -> None:
        self._values[value.attribute_id][value.value] = value
        self._folded[value.attribute_id].setdefault(value.value.casefold(), value.value)
        self._value_slugs[value.attribute_id].add(value.slug)
