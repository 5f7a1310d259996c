"""The whole category tree, read in one query: breadcrumbs, subcategories and counts need most of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from django.db.models import QuerySet

from catalog.models import Category


class CategoryTree:
    """Categories in the order of the tree. A path is a string that begins with the path of the category above."""

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
        """The categories from the top down to this one."""
        step = Category.steplen
        return [self.by_path[category.path[:end]] for end in range(step, len(category.path) + 1, step)]

    def children(self, category: Category | None) -> list[Category]:
        """The categories right below this one; the top ones for None."""
        above = category.path if category else ""
        return [each for each in self.categories if each.path[: -Category.steplen] == above]

    def below(self, category: Category) -> Iterator[Category]:
        """The category and everything below it."""
        return (each for each in self.categories if each.path.startswith(category.path))

    def roll_up(self, counts: Mapping[int, int]) -> dict[int, int]:
        """Counts by category id, each with those of everything below added."""
        totals = {category.path: counts.get(category.pk, 0) for category in self.categories}
        for path in sorted(totals, key=len, reverse=True):
            if len(path) > Category.steplen:
                totals[path[: -Category.steplen]] += totals[path]
        return {category.pk: totals[category.path] for category in self.categories}
