"""Index equal vectors once: thousands of copies would cut off all other vectors in the HNSW graph.

One trigger marks a single row to represent all rows with the same vector; another picks a new one when it is deleted.
"""

from django.db import migrations, models

TRIGGERS = """
CREATE FUNCTION visualsearch_note_copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.vector_hash := hashtextextended(NEW.vector::text, 0);
    NEW.is_copy := NEW.vector IS NOT NULL AND EXISTS (
        SELECT FROM visualsearch_imageembedding
        WHERE network_id = NEW.network_id AND vector_hash = NEW.vector_hash AND NOT is_copy
              AND image_id <> NEW.image_id);
    RETURN NEW;
END $$;
CREATE FUNCTION visualsearch_promote_copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE visualsearch_imageembedding SET is_copy = false WHERE id = (
        SELECT id FROM visualsearch_imageembedding
        WHERE network_id = OLD.network_id AND vector_hash = OLD.vector_hash AND is_copy ORDER BY image_id LIMIT 1)
        AND NOT EXISTS (SELECT FROM visualsearch_imageembedding
                        WHERE network_id = OLD.network_id AND vector_hash = OLD.vector_hash AND NOT is_copy);
    RETURN NULL;
END $$;
CREATE TRIGGER note_copy BEFORE INSERT OR UPDATE OF vector, network_id ON visualsearch_imageembedding
FOR EACH ROW EXECUTE FUNCTION visualsearch_note_copy();
CREATE TRIGGER promote_copy AFTER UPDATE OF vector, network_id ON visualsearch_imageembedding
FOR EACH ROW WHEN (NOT OLD.is_copy AND OLD.vector_hash IS NOT NULL)
EXECUTE FUNCTION visualsearch_promote_copy();
CREATE TRIGGER promote_copy_of_deleted AFTER DELETE ON visualsearch_imageembedding
FOR EACH ROW WHEN (NOT OLD.is_copy AND OLD.vector_hash IS NOT NULL)
EXECUTE FUNCTION visualsearch_promote_copy();
"""
NO_TRIGGERS = """
DROP TRIGGER note_copy ON visualsearch_imageembedding;
DROP TRIGGER promote_copy ON visualsearch_imageembedding;
DROP TRIGGER promote_copy_of_deleted ON visualsearch_imageembedding;
DROP FUNCTION visualsearch_note_copy;
DROP FUNCTION visualsearch_promote_copy;
"""
NOTE_ALL = """
UPDATE visualsearch_imageembedding AS e SET vector_hash = hashtextextended(e.vector::text, 0), is_copy = earlier.is_copy
FROM (SELECT id, row_number() OVER (PARTITION BY network_id, vector::text ORDER BY image_id) > 1 AS is_copy
      FROM visualsearch_imageembedding WHERE vector IS NOT NULL) AS earlier
WHERE earlier.id = e.id;
"""


class Migration(migrations.Migration):
    dependencies = [("visualsearch", "0003_which_network_answers")]
    operations = [
        migrations.AddField(
            model_name="imageembedding",
            name="vector_hash",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="imageembedding",
            name="is_copy",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        migrations.RunSQL(NOTE_ALL, migrations.RunSQL.noop),
    ]
