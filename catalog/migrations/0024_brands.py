"""An index to read the brands one by one, without reading every product."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0022_word_lists"), ("catalog", "0023_family_index")]

    operations = [
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                condition=models.Q(models.Q(("status", "draft"), _negated=True), ("brand__gt", "")),
                fields=["brand"],
                name="product_brands",
            ),
        ),
    ]
