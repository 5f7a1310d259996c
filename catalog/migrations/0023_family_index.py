"""Index the products that have a family."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY cannot run inside a transaction
    dependencies = [("catalog", "0022_family")]
    operations = [
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                condition=models.Q(("family", ""), _negated=True), fields=["family", "id"], name="product_family"
            ),
        )
    ]
