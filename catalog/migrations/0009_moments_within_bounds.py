"""Move publication dates outside 2000 to 2199 to these bounds; what customers see does not change."""

import datetime

from django.db import migrations, models

import catalog.dates

MEND = """
UPDATE catalog_product
SET publish_at = least(greatest(publish_at, '2000-01-01 00:00:00+00'), '2199-12-31 23:59:59+00')
WHERE publish_at NOT BETWEEN '2000-01-01 00:00:00+00' AND '2199-12-31 23:59:59+00';
"""
FIRST = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)
LAST = datetime.datetime(2199, 12, 31, 23, 59, 59, tzinfo=datetime.timezone.utc)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_searches")]

    operations = [
        migrations.RunSQL(MEND, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="product",
            name="publish_at",
            field=catalog.dates.BoundedDateTimeField(blank=True, null=True, verbose_name="publish at"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(publish_at=None) | models.Q(publish_at__gte=FIRST, publish_at__lte=LAST),
                name="product_publish_at_bounds",
                violation_error_message="Enter a time between the years 2000 and 2199.",
            ),
        ),
    ]
