"""Index the prints of pictures by their hash."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from pgvector.django import HnswIndex


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY cannot run inside a transaction
    dependencies = [("visualsearch", "0019_what_pictures_look_like")]
    operations = [
        AddIndexConcurrently(
            model_name="pictureprint",
            index=HnswIndex(
                ef_construction=64, fields=["hash"], m=16, name="print_by_hash", opclasses=["bit_hamming_ops"]
            ),
        ),
    ]
