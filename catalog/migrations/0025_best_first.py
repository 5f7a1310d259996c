"""Add an index that lets a search for common words stop early: the order of products that match equally well."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0024_brands")]

    operations = [
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                models.OrderBy(models.F("is_in_stock"), descending=True),
                models.OrderBy(models.F("sold_count"), descending=True),
                models.OrderBy(models.F("rating_average"), descending=True, nulls_last=True),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("status", "draft"), _negated=True),
                name="product_best",
            ),
        ),
    ]
