from django.db import migrations
from django.db.models import OuterRef, Subquery


def copy_rates(apps, schema_editor):
    """Copy the order's single rate to each of its lines."""
    Order = apps.get_model("orders", "Order")
    OrderLine = apps.get_model("orders", "OrderLine")
    rate = Order.objects.filter(pk=OuterRef("order")).values("shipping_tax_percent")[:1]
    OrderLine.objects.filter(tax_percent=0).update(tax_percent=Subquery(rate))


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_tax_rates")]
    operations = [migrations.RunPython(copy_rates, migrations.RunPython.noop)]
