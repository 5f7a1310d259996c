"""Labels and help texts only; no table changes."""

import catalog.models.options
import catalog.prices
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0016_former_slugs'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='searchtally',
            options={'verbose_name': 'search count', 'verbose_name_plural': 'search counts'},
        ),
        migrations.AlterField(
            model_name='formerslug',
            name='value',
            field=models.ForeignKey(help_text='A value of this attribute.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='former_slugs', to='catalog.attributevalue'),
        ),
        migrations.AlterField(
            model_name='product',
            name='sold_count',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Customers can sort products by it.', verbose_name='units sold'),
        ),
        migrations.AlterField(
            model_name='searchtally',
            name='unanswered',
            field=models.PositiveIntegerField(verbose_name='without results'),
        ),
        migrations.AlterField(
            model_name='searchtally',
            name='words',
            field=models.CharField(blank=True, help_text='Empty for photo searches and for words that are not recorded.', max_length=80, verbose_name='words'),
        ),
        migrations.AlterField(
            model_name='stockmovement',
            name='at',
            field=models.DateTimeField(verbose_name='time'),
        ),
        migrations.AlterField(
            model_name='stockmovement',
            name='kind',
            field=models.CharField(choices=[('reserve', 'reserved for an order'), ('release', 'released by an order'), ('consume', 'sold'), ('receive', 'received from a supplier'), ('restock', 'returned to stock'), ('correct', 'stock corrected')], max_length=10, verbose_name='reason'),
        ),
        migrations.AlterField(
            model_name='stockmovement',
            name='who',
            field=models.CharField(max_length=254, verbose_name='changed by'),
        ),
        migrations.AlterField(
            model_name='variant',
            name='compare_at_amount',
            field=catalog.prices.PriceField(blank=True, decimal_places=2, help_text='A higher price, shown crossed out.', max_digits=12, null=True, verbose_name='regular price'),
        ),
        migrations.AlterField(
            model_name='variant',
            name='options',
            field=models.JSONField(blank=True, default=dict, help_text='For example {"size": "large"}.', verbose_name='options'),
        ),
        migrations.AlterConstraint(
            model_name='product',
            name='product_scheduled_has_a_time',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'scheduled'), _negated=True), ('publish_at__isnull', False), _connector='OR'), name='product_scheduled_has_a_time', violation_error_message='Enter the time at which this product is to be published.'),
        ),
        migrations.AlterConstraint(
            model_name='variant',
            name='variant_options_are_texts',
            constraint=models.CheckConstraint(condition=models.Q(catalog.models.options.IsObject('options'), models.Q(catalog.models.options.HoldsMoreThanTexts('options'), _negated=True)), name='variant_options_are_texts', violation_error_message='Enter options as names and texts, such as {"size": "large"}.'),
        ),
    ]
