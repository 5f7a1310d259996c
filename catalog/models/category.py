"""The category tree."""

from __future__ import annotations

from typing import ClassVar

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node

from catalog.models.fields import MAX_DESCRIPTION, LineField, LinesField
from catalog.text.slugs import SlugField
from catalog.text.sorting import SortKeyField


class Category(MP_Node):  # type: ignore[misc]
    """A node of the category tree. It contains the products of all its subcategories."""

    name = LineField(_("name"), max_length=100)
    sort_key = SortKeyField("name")
    slug = SlugField(_("slug"), max_length=120, unique=True)
    description = LinesField(_("description"), max_length=MAX_DESCRIPTION, blank=True)

    node_order_by: ClassVar[list[str]] = ["sort_key"]

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('catalog:products')}?{urlencode({'category': self.slug})}"

    def breadcrumbs(self) -> list[Category]:
        """Return the categories from the root down to this one."""
        return [*Category.objects.get_ancestors(self), self]
