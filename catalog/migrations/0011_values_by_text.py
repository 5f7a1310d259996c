from django.db import migrations, models

import catalog.models.options


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY cannot run inside a transaction
    dependencies = [("catalog", "0010_clean_text")]
    operations = [
        migrations.AlterField(
            model_name="category",
            name="description",
            field=models.TextField(blank=True, max_length=100000, verbose_name="description"),
        ),
        migrations.AlterField(
            model_name="product",
            name="description",
            field=models.TextField(blank=True, max_length=100000, verbose_name="description"),
        ),
        migrations.RunSQL(
            [
                # Drop what an interrupted run has left behind.
                "DROP INDEX CONCURRENTLY IF EXISTS attribute_value_named_once",
                "CREATE UNIQUE INDEX CONCURRENTLY attribute_value_named_once"
                " ON catalog_attributevalue (attribute_id, value)",
            ],
            "DROP INDEX CONCURRENTLY IF EXISTS attribute_value_named_once",
            state_operations=[
                migrations.AddConstraint(
                    model_name="attributevalue",
                    constraint=models.UniqueConstraint(
                        fields=("attribute", "value"),
                        name="attribute_value_named_once",
                        violation_error_message="The attribute already has this value.",
                    ),
                )
            ],
        ),
        migrations.AddConstraint(
            model_name="variant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    catalog.models.options.IsObject("options"),
                    models.Q(catalog.models.options.HoldsMoreThanTexts("options"), _negated=True),
                ),
                name="variant_options_are_texts",
                violation_error_message='Options are names with texts, such as {"size": "large"}.',
            ),
        ),
    ]
