"""List what customers searched for in vain, starting from the counts of the past year."""

import django.db.models.deletion
from django.db import migrations, models


FILL = """
INSERT INTO catalog_demand (words, misses, last_day, is_dismissed)
SELECT words, sum(unanswered), max(day) FILTER (WHERE unanswered > 0), false FROM catalog_searchtally
WHERE kind = 'words' AND words <> '' GROUP BY words HAVING sum(unanswered) > 0
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0018_synonyms'),
    ]

    operations = [
        migrations.CreateModel(
            name='Demand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(max_length=80, unique=True, verbose_name='words')),
                ('misses', models.PositiveIntegerField(default=0, help_text='Since the words were last dismissed.', verbose_name='misses')),
                ('last_day', models.DateField(verbose_name='last day')),
                ('is_dismissed', models.BooleanField(default=False, verbose_name='dismissed')),
            ],
            options={
                'verbose_name': 'unmet demand',
                'verbose_name_plural': 'unmet demand',
                'ordering': ['-misses', 'words'],
            },
        ),
        migrations.CreateModel(
            name='DemandNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(db_index=True, verbose_name='day')),
                ('text', models.CharField(max_length=200, verbose_name='note')),
                ('times', models.PositiveIntegerField(default=1, verbose_name='times')),
            ],
            options={
                'verbose_name': 'note',
                'verbose_name_plural': 'notes',
                'ordering': ['-day', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='FollowUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('step', models.CharField(choices=[('opened', 'opened a product'), ('filtered', 'changed a filter'), ('sorted', 'changed the order'), ('paged', 'turned the page'), ('reworded', 'changed the words')], max_length=8, verbose_name='step')),
                ('times', models.PositiveIntegerField(verbose_name='times')),
            ],
            options={
                'verbose_name': 'step after a search',
                'verbose_name_plural': 'steps after a search',
            },
        ),
        migrations.AddIndex(
            model_name='demand',
            index=models.Index(fields=['-misses', 'words'], name='demand_most_missed'),
        ),
        migrations.AddField(
            model_name='demandnote',
            name='demand',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='catalog.demand', verbose_name='unmet demand'),
        ),
        migrations.AddConstraint(
            model_name='followup',
            constraint=models.UniqueConstraint(fields=('day', 'step'), name='follow_up_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='demandnote',
            constraint=models.UniqueConstraint(fields=('demand', 'day', 'text'), name='demand_note_once_a_day'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
