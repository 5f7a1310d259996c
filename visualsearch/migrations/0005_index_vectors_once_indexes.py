"""The indexes by which equal vectors are found. `index.prepare` builds each network's HNSW index anew, and drops the old."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index that is built beside the running shop needs a transaction of its own
    dependencies = [("visualsearch", "0004_index_vectors_once")]
    operations = [
        AddIndexConcurrently(
            model_name="imageembedding",
            index=models.Index(fields=["network", "vector_hash", "image"], name="embedding_same_vector"),
        ),
        AddIndexConcurrently(
            model_name="imageembedding",
            index=models.Index(
                condition=models.Q(is_copy=False), fields=["network", "vector_hash"], name="embedding_first_of_vector"
            ),
        ),
    ]
