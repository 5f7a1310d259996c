from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_variant_summary")]
    operations = [
        migrations.AddField(
            model_name="product",
            name="sold_count",
            field=models.PositiveIntegerField(
                default=0,
                db_default=0,
                help_text="What is sold most stands first where customers ask for it.",
                verbose_name="pieces sold",
            ),
        )
    ]
