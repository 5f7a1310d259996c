from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY cannot run inside a transaction
    dependencies = [("catalog", "0003_sold_count")]
    operations = [
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                condition=models.Q(("status", "draft"), _negated=True),
                fields=["-sold_count", "-id"],
                name="product_most_sold",
            ),
        )
    ]
