import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_returns"), ("payments", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="refund",
            name="of_return",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to="orders.return",
                verbose_name="return",
            ),
        )
    ]
