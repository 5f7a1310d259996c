"""Copy the keys of attribute values to their product, so that facets are counted in one scan without a join.

Triggers on the links keep the copy current, whoever writes them. They lock the products before they read the links:
otherwise, of two transactions that add a value to one product, the second would wait for the first and then write a
copy that misses its value. Another trigger ignores what anyone else writes to the copy, such as a product saved with
the values of the time when it was read.

An interrupted run is not recorded, so each step can be repeated.
"""

import django.contrib.postgres.fields
from django.db import connection, migrations, models, transaction

BATCH = 2_000

ADD = "ALTER TABLE catalog_product ADD COLUMN IF NOT EXISTS facet_values bigint[] DEFAULT '{}' NOT NULL"
DROP = "ALTER TABLE catalog_product DROP COLUMN facet_values"

INSTALL = """
CREATE OR REPLACE FUNCTION catalog_copy_facet_values(targets bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM catalog_product WHERE id = ANY(targets) ORDER BY id FOR NO KEY UPDATE;
    UPDATE catalog_product AS product SET facet_values = current.values
    FROM (
        SELECT target.id, coalesce(array_agg(link.attributevalue_id ORDER BY link.attributevalue_id)
                                   FILTER (WHERE link.id IS NOT NULL), '{}') AS values
        FROM unnest(targets) AS target(id)
        LEFT JOIN catalog_product_attribute_values AS link ON link.product_id = target.id
        GROUP BY target.id
    ) AS current
    WHERE product.id = current.id AND product.facet_values <> current.values;
END $$;

CREATE OR REPLACE FUNCTION catalog_links_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalog_copy_facet_values(array_agg(DISTINCT product_id)) FROM changed HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION catalog_links_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalog_copy_facet_values(array_agg(DISTINCT product_id))
    FROM (SELECT product_id FROM before UNION SELECT product_id FROM changed) AS links HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER catalog_links_added AFTER INSERT ON catalog_product_attribute_values
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalog_links_changed();
CREATE OR REPLACE TRIGGER catalog_links_removed AFTER DELETE ON catalog_product_attribute_values
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalog_links_changed();
CREATE OR REPLACE TRIGGER catalog_links_moved AFTER UPDATE ON catalog_product_attribute_values
REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalog_links_moved();
"""
REMOVE = """
DROP TRIGGER catalog_links_added ON catalog_product_attribute_values;
DROP TRIGGER catalog_links_removed ON catalog_product_attribute_values;
DROP TRIGGER catalog_links_moved ON catalog_product_attribute_values;
DROP FUNCTION catalog_links_changed();
DROP FUNCTION catalog_links_moved();
DROP FUNCTION catalog_copy_facet_values(bigint[]);
"""

GUARD = """
CREATE OR REPLACE FUNCTION catalog_keep_facet_values() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.facet_values := OLD.facet_values;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER catalog_product_facet_values
BEFORE UPDATE OF facet_values ON catalog_product FOR EACH ROW
WHEN (NEW.facet_values <> OLD.facet_values AND pg_trigger_depth() = 0)
EXECUTE FUNCTION catalog_keep_facet_values();
"""
NO_GUARD = """
DROP TRIGGER catalog_product_facet_values ON catalog_product;
DROP FUNCTION catalog_keep_facet_values();
"""


def fill(apps, schema_editor):
    """Fill the copies in batches that commit separately."""
    last = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT id FROM catalog_product WHERE id > %s ORDER BY id LIMIT %s", [last, BATCH])
            keys = [key for (key,) in cursor.fetchall()]
            if not keys:
                return
            cursor.execute("SELECT catalog_copy_facet_values(%s)", [keys])
            last = keys[-1]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0020_suggestions")]

    operations = [
        migrations.RunSQL(
            ADD,
            DROP,
            state_operations=[
                migrations.AddField(
                    model_name="product",
                    name="facet_values",
                    field=django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        editable=False,
                        size=None,
                    ),
                ),
            ],
        ),
        migrations.RunSQL(INSTALL, REMOVE),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
