from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """Add a reduced rate to each country, and to orders the rates of their lines and delivery.

    The order's one rate becomes the delivery's, under the column's old name: a shop that runs goes on writing it.
    """

    dependencies = [("orders", "0002_permissions")]
    operations = [
        migrations.AddField(
            model_name="taxrate",
            name="reduced_percent",
            field=models.DecimalField(
                blank=True,
                decimal_places=3,
                help_text="For goods of the reduced class; empty where they are taxed as all others.",
                max_digits=6,
                null=True,
                validators=[MinValueValidator(0), MaxValueValidator(100)],
                verbose_name="reduced per cent",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxrate",
            constraint=models.CheckConstraint(
                name="tax_reduced_percent_range",
                condition=Q(reduced_percent=None) | Q(reduced_percent__gte=0, reduced_percent__lte=F("percent")),
                violation_error_message="The reduced rate is above the standard one.",
            ),
        ),
        migrations.AddField(
            model_name="orderline",
            name="tax_percent",
            field=models.DecimalField(
                db_default=Decimal(0), decimal_places=3, default=0, max_digits=6, verbose_name="tax per cent"
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="tax_percent",
            field=models.DecimalField(db_column="tax_percent", decimal_places=3, default=0, max_digits=6),
        ),
        migrations.RenameField(model_name="order", old_name="tax_percent", new_name="shipping_tax_percent"),
    ]
