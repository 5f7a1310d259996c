"""The whole category tree, loaded with one query for breadcrumbs, subcategories and counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from django.db.models import QuerySet

from catalog.models import Category


class CategoryTree:
    """All categories in tree order. The path of a category starts with the path of its parent."""

    def __init__(self, categories: QuerySet[Category] | None = None) -> None:
        every = Category.objects.all() if categories is None else categories
        self.categories: list[Category] = list(every.order_by("path"))

    @cached_property
    def by_slug(self) -> dict[str, Category]:
        return {category.slug: category for category in self.categories}

    @cached_property
    def by_path(self) -> dict[str, Category]:
        return {category.path: category for category in self.categories}

    def breadcrumbs(self, category: Category) -> list[Category]:
        """Return the categories from the root down to this one."""
        step = Category.steplen
        return [self.by_path[category.path[:end]] for end in range(step, len(category.path) + 1, step)]

    def children(self, category: Category | None) -> list[Category]:
        """Return the direct subcategories; without a category, the top categories."""
        parent_path = category.path if category else ""
        return [each for each in self.categories if each.path[: -Category.steplen] == parent_path]

    def subtree(self, category: Category) -> Iterator[Category]:
        """Yield the category and all categories below it."""
        return (each for each in self.categories if each.path.startswith(category.path))

    def roll_up(self, counts: Mapping[int, int]) -> dict[int, int]:
        """Return the counts by category key, each including all subcategories."""
        totals = {category.path: counts.get(category.pk, 0) for category in self.categories}
        for path in sorted(totals, key=len, reverse=True):
            if len(path) > Category.steplen:
                totals[path[: -Category.steplen]] += totals[path]
        return {category.pk: totals[category.path] for category in self.categories}
