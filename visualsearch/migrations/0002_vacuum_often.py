"""Vacuum the vectors early: an HNSW index keeps visiting dead rows until they are vacuumed."""

from django.db import migrations

SET = """
ALTER TABLE visualsearch_imageembedding
SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)
"""
RESET = """
ALTER TABLE visualsearch_imageembedding
RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)
"""


class Migration(migrations.Migration):
    dependencies = [("visualsearch", "0001_initial")]
    operations = [migrations.RunSQL(SET, RESET)]
