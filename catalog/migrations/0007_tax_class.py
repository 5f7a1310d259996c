from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_stock_movements")]
    operations = [
        migrations.AddField(
            model_name="product",
            name="tax_class",
            field=models.CharField(
                choices=[("standard", "standard"), ("reduced", "reduced"), ("zero", "zero")],
                db_default="standard",
                default="standard",
                max_length=10,
                verbose_name="tax class",
            ),
        )
    ]
