from django.db import migrations, models


class Migration(migrations.Migration):
    """Take over the table of shop.0007 without changing the database."""

    initial = True
    dependencies = [("shop", "0008_remove_demo_step")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="DemoStep",
                    fields=[
                        ("name", models.CharField(max_length=50, primary_key=True, serialize=False)),
                        ("finished_at", models.DateTimeField(null=True)),
                    ],
                    options={"db_table": "shop_demostep"},
                ),
            ],
        ),
    ]
