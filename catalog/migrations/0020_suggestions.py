"""Index the search counts by the beginning of their words, for suggestions. Locks no table."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('catalog', '0019_demand'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='searchtally',
            index=models.Index(
                fields=['words', 'day'],
                opclasses=['varchar_pattern_ops', 'date_ops'],
                include=['searches', 'unanswered'],
                condition=Q(('kind', 'words'), ~Q(words='')),
                name='search_tally_suggested',
            ),
        ),
    ]
