"""A small copy of what lists filter and count products by."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from catalog.models.category import Category
from catalog.models.product import Product, ProductQuerySet
from catalog.prices import PriceField


class CountedProduct(models.Model):
    """What facets and filters read of a product, under the same names and the same key.

    Counting a word that all products have reads all of them. Their rows are five times as long as these.
    `search_vector` has only the lexemes of names, categories and values, without positions. Database triggers
    (migration 0026) write this table, and nothing else does.
    """

    id = models.BigIntegerField(primary_key=True)
    category = models.ForeignKey(Category, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    status = models.CharField(max_length=10, choices=Product.Status)
    publish_at = models.DateTimeField(null=True)
    price_amount = PriceField(null=True)
    compare_at_amount = PriceField(null=True)
    is_in_stock = models.BooleanField()
    facet_values: models.Field[Sequence[int], list[int]] = ArrayField(models.BigIntegerField())
    search_vector = SearchVectorField(null=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [GinIndex(fields=["search_vector"], name="counted_product_words")]

    def __str__(self) -> str:
        return str(self.pk)
