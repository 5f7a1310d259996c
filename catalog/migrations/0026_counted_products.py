"""Copy what lists filter and count products by to a table of short rows, kept by triggers on the products.

The copies are filled in batches that commit separately. FOR KEY SHARE waits for products that are being deleted, so
that none leaves a copy behind; a product that changes meanwhile has its current copy from its trigger.

An interrupted run is not recorded, so each step can be repeated.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, migrations, models, transaction

import catalog.prices

BATCH = 2_000

CREATE = """
CREATE TABLE IF NOT EXISTS catalog_countedproduct (
    id bigint NOT NULL PRIMARY KEY, status varchar(10) NOT NULL, publish_at timestamptz, price_amount numeric(12, 2),
    compare_at_amount numeric(12, 2), is_in_stock boolean NOT NULL, facet_values bigint[] NOT NULL,
    search_vector tsvector, category_id bigint NOT NULL
)
"""
DROP = "DROP TABLE catalog_countedproduct"

INSTALL = """
CREATE OR REPLACE FUNCTION catalog_named_lexemes(words tsvector) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
    SELECT array_to_tsvector(ARRAY(
        SELECT lexeme FROM unnest(tsvector_to_array(words)) AS lexeme WHERE left(lexeme, 2) IN ('=c', '=v', '=w')
    ))
$$;

CREATE OR REPLACE FUNCTION catalog_count_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_countedproduct AS counted (id, status, publish_at, category_id, price_amount,
        compare_at_amount, is_in_stock, facet_values, search_vector)
    VALUES (NEW.id, NEW.status, NEW.publish_at, NEW.category_id, NEW.price_amount, NEW.compare_at_amount,
        NEW.is_in_stock, NEW.facet_values, catalog_named_lexemes(NEW.search_vector))
    ON CONFLICT (id) DO UPDATE SET (status, publish_at, category_id, price_amount, compare_at_amount, is_in_stock,
        facet_values, search_vector) = ROW(excluded.status, excluded.publish_at, excluded.category_id,
        excluded.price_amount, excluded.compare_at_amount, excluded.is_in_stock, excluded.facet_values,
        excluded.search_vector);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION catalog_uncount_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM catalog_countedproduct WHERE id = OLD.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER catalog_product_counted AFTER INSERT ON catalog_product
FOR EACH ROW EXECUTE FUNCTION catalog_count_product();
CREATE OR REPLACE TRIGGER catalog_product_recounted AFTER UPDATE ON catalog_product FOR EACH ROW
WHEN ((OLD.status, OLD.publish_at, OLD.category_id, OLD.price_amount, OLD.compare_at_amount, OLD.is_in_stock,
       OLD.facet_values, OLD.search_vector)
      IS DISTINCT FROM (NEW.status, NEW.publish_at, NEW.category_id, NEW.price_amount, NEW.compare_at_amount,
       NEW.is_in_stock, NEW.facet_values, NEW.search_vector))
EXECUTE FUNCTION catalog_count_product();
CREATE OR REPLACE TRIGGER catalog_product_uncounted AFTER DELETE ON catalog_product
FOR EACH ROW EXECUTE FUNCTION catalog_uncount_product();
"""
REMOVE = """
DROP TRIGGER catalog_product_counted ON catalog_product;
DROP TRIGGER catalog_product_recounted ON catalog_product;
DROP TRIGGER catalog_product_uncounted ON catalog_product;
DROP FUNCTION catalog_count_product();
DROP FUNCTION catalog_uncount_product();
DROP FUNCTION catalog_named_lexemes(tsvector);
"""

FILL = """
INSERT INTO catalog_countedproduct (id, status, publish_at, category_id, price_amount, compare_at_amount, is_in_stock,
    facet_values, search_vector)
SELECT id, status, publish_at, category_id, price_amount, compare_at_amount, is_in_stock, facet_values,
    catalog_named_lexemes(search_vector)
FROM catalog_product WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE
ON CONFLICT (id) DO NOTHING
"""


def fill(apps, schema_editor):
    last = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT id FROM catalog_product WHERE id > %s ORDER BY id LIMIT %s", [last, BATCH])
            keys = [key for (key,) in cursor.fetchall()]
            if not keys:
                return
            cursor.execute(FILL, [keys])
            last = keys[-1]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0025_best_first")]

    operations = [
        migrations.RunSQL(
            CREATE,
            DROP,
            state_operations=[
                migrations.CreateModel(
                    name="CountedProduct",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                        (
                            "status",
                            models.CharField(
                                choices=[("draft", "draft"), ("scheduled", "scheduled"), ("published", "published")],
                                max_length=10,
                            ),
                        ),
                        ("publish_at", models.DateTimeField(null=True)),
                        ("price_amount", catalog.prices.PriceField(decimal_places=2, max_digits=12, null=True)),
                        ("compare_at_amount", catalog.prices.PriceField(decimal_places=2, max_digits=12, null=True)),
                        ("is_in_stock", models.BooleanField()),
                        (
                            "facet_values",
                            django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                        ),
                        ("search_vector", django.contrib.postgres.search.SearchVectorField(null=True)),
                        (
                            "category",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="catalog.category",
                            ),
                        ),
                    ],
                    options={"default_permissions": ()},
                ),
            ],
        ),
        migrations.RunSQL(INSTALL, REMOVE),
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexConcurrently("countedproduct", GinIndex(fields=["search_vector"], name="counted_product_words")),
    ]
