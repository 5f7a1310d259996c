"""The tree of what is sold."""

from __future__ import annotations

from typing import ClassVar

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager

from catalog.models.fields import LONGEST_DESCRIPTION, LineField, LinesField
from catalog.text.slugs import SlugField
from catalog.text.sorting import SortKeyField


class CategoryManager(MP_NodeManager):  # type: ignore[misc]
    """Questions about the tree beside those of treebeard."""

    def above(self, category: Category) -> list[Category]:
        """The categories from the top down to this one."""
        ends = range(Category.steplen, len(category.path), Category.steplen)
        paths = [category.path[:end] for end in ends]
        return [*(self.filter(path__in=paths).order_by("path") if paths else []), category]


class Category(MP_Node):  # type: ignore[misc]
    """A place in the tree of what is sold. A category contains the products of everything below it."""

    name = LineField(_("name"), max_length=100)
    sort_key = SortKeyField("name")
    slug = SlugField(_("slug"), max_length=120, unique=True)
    description = LinesField(_("description"), max_length=LONGEST_DESCRIPTION, blank=True)

    node_order_by: ClassVar[list[str]] = ["sort_key"]
    objects = CategoryManager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('catalog:products')}?{urlencode({'category': self.slug})}"
