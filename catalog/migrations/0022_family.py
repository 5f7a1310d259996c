"""Add product families. The columns have constant defaults, so PostgreSQL rewrites no row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0021_facet_values")]
    operations = [
        migrations.AddField(
            model_name="product",
            name="family",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="Products that differ in one thing, such as colour, share a family, such as “halden-mug”. "
                "Customers see them as one another’s swatches. Without an entry of yours, the shop may suggest one "
                "from the titles.",
                max_length=120,
                verbose_name="family",
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="is_family_chosen",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]
