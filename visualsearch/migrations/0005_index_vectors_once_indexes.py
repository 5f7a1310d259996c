"""Add the indexes that find equal vectors. `index.prepare` rebuilds each network's HNSW index and drops the old one."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY cannot run inside a transaction
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
