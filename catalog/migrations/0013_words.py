"""Let the shop write search vectors and sort keys, since it tokenises text and orders names itself.

The generated column becomes a plain one and keeps its values, so products are found as before until the next migration
indexes them. A trigger marks rows whose text changed without being indexed.
"""

import catalog.text.sorting
import django.contrib.postgres.search
from django.db import migrations, models

# The expression of migration 0001, for reverting.
GENERATED = """
DROP INDEX product_words;
ALTER TABLE catalog_product DROP COLUMN search_vector;
ALTER TABLE catalog_product ADD COLUMN search_vector tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english', title), 'A') ||
    setweight(to_tsvector('simple', title::text || ' ' || brand::text || ' ' || skus), 'A') ||
    setweight(to_tsvector('english', keywords), 'B') || setweight(to_tsvector('simple', keywords), 'B') ||
    setweight(to_tsvector('english', description), 'D') || setweight(to_tsvector('simple', description), 'D')
) STORED;
CREATE INDEX product_words ON catalog_product USING gin (search_vector);
"""

TRIGGER = """
CREATE FUNCTION catalog_words_are_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_version := 0;
    RETURN NEW;
END $$;

CREATE TRIGGER catalog_product_words
BEFORE UPDATE OF title, brand, description, keywords, skus ON catalog_product FOR EACH ROW
WHEN ((OLD.title, OLD.brand, OLD.description, OLD.keywords, OLD.skus)
      IS DISTINCT FROM (NEW.title, NEW.brand, NEW.description, NEW.keywords, NEW.skus)
      AND NEW.search_vector IS NOT DISTINCT FROM OLD.search_vector)
EXECUTE FUNCTION catalog_words_are_stale();
"""
NO_TRIGGER = """
DROP TRIGGER catalog_product_words ON catalog_product;
DROP FUNCTION catalog_words_are_stale();
"""

# As in migration 0002, but with the original SKUs, one per line.
SUMMARISE = r"""
CREATE OR REPLACE FUNCTION catalog_summarise_product(target bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE catalog_product AS product
    SET price_amount = summary.price, compare_at_amount = summary.regular,
        is_in_stock = summary.available, skus = summary.skus
    FROM (
        SELECT min(price_amount) AS price,
               (array_agg(compare_at_amount ORDER BY price_amount, position, id))[1] AS regular,
               coalesce(bool_or(on_hand > reserved), false) AS available,
               coalesce(string_agg({skus}, ' ' ORDER BY position, id), '') AS skus
        FROM catalog_variant WHERE product_id = target
    ) AS summary
    WHERE product.id = target
      AND (product.price_amount, product.compare_at_amount, product.is_in_stock, product.skus)
          IS DISTINCT FROM (summary.price, summary.regular, summary.available, summary.skus)
$$;
"""
SPLIT = (
    "regexp_replace(sku, '[^[:alnum:]]+', ' ', 'g') || ' ' || regexp_replace(sku, '[^[:alnum:]]+', '', 'g')"
)
AS_THEY_ARE = SUMMARISE.replace("{skus}, ' '", r"sku, E'\n'")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0012_prices_in_the_currency")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE catalog_product ALTER COLUMN search_vector DROP EXPRESSION", GENERATED
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="product",
                    name="search_vector",
                    field=django.contrib.postgres.search.SearchVectorField(editable=False, null=True),
                )
            ],
        ),
        migrations.AddField(
            model_name="product",
            name="search_version",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="product", name="sort_key", field=catalog.text.sorting.SortKeyField("title")
        ),
        migrations.AddField(
            model_name="category", name="sort_key", field=catalog.text.sorting.SortKeyField("name")
        ),
        migrations.AddField(
            model_name="attribute", name="sort_key", field=catalog.text.sorting.SortKeyField("name")
        ),
        migrations.AddField(
            model_name="attributevalue", name="sort_key", field=catalog.text.sorting.SortKeyField("value")
        ),
        migrations.AlterModelOptions(
            name="attribute",
            options={"ordering": ["position", "sort_key"], "verbose_name": "attribute", "verbose_name_plural": "attributes"},
        ),
        migrations.AlterModelOptions(
            name="attributevalue",
            options={
                "ordering": ["attribute__position", "attribute__sort_key", "sort_key"],
                "verbose_name": "attribute value",
                "verbose_name_plural": "attribute values",
            },
        ),
        migrations.RunSQL(AS_THEY_ARE, SUMMARISE.replace("{skus}", SPLIT)),
        migrations.RunSQL(TRIGGER, NO_TRIGGER),
    ]
