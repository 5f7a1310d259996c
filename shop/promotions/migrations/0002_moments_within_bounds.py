"""Move promotion dates outside 2000 to 2199 to these bounds."""

import datetime

from django.db import migrations, models

import catalog.dates

MEND = """
UPDATE promotions_promotion
SET starts_at = least(greatest(starts_at, '2000-01-01 00:00:00+00'), '2199-12-31 23:59:59+00')
WHERE starts_at NOT BETWEEN '2000-01-01 00:00:00+00' AND '2199-12-31 23:59:59+00';
UPDATE promotions_promotion
SET ends_at = least(greatest(ends_at, '2000-01-01 00:00:00+00'), '2199-12-31 23:59:59+00')
WHERE ends_at NOT BETWEEN '2000-01-01 00:00:00+00' AND '2199-12-31 23:59:59+00';
"""
FIRST = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)
LAST = datetime.datetime(2199, 12, 31, 23, 59, 59, tzinfo=datetime.timezone.utc)


def _bounds(field: str) -> migrations.AddConstraint:
    inside = models.Q(**{f"{field}__gte": FIRST, f"{field}__lte": LAST})
    return migrations.AddConstraint(
        model_name="promotion",
        constraint=models.CheckConstraint(
            condition=models.Q(**{field: None}) | inside,
            name=f"promotion_{field}_bounds",
            violation_error_message="Enter a time between the years 2000 and 2199.",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("promotions", "0001_initial")]

    operations = [
        migrations.RunSQL(MEND, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="promotion",
            name="starts_at",
            field=catalog.dates.BoundedDateTimeField(blank=True, null=True, verbose_name="from"),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="ends_at",
            field=catalog.dates.BoundedDateTimeField(blank=True, null=True, verbose_name="until"),
        ),
        _bounds("starts_at"),
        _bounds("ends_at"),
    ]
