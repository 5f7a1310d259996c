"""Add a trigger that copies the variants' lowest price, stock and SKUs to their product.

Lists then sort and filter on one table, whoever writes the variants. The product is written only when a copied value
changes, so selling one of many pieces writes nothing. SKUs are stored as separate words and as one
word without punctuation, because the full-text parser reads the "-01" of "MUG-01" as a negative number.
"""

from django.db import migrations

INSTALL = r"""
CREATE FUNCTION catalog_summarise_variants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    target bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.product_id ELSE NEW.product_id END;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.product_id <> NEW.product_id THEN
        PERFORM catalog_summarise_product(OLD.product_id);
    END IF;
    PERFORM catalog_summarise_product(target);
    RETURN NULL;
END $$;

CREATE FUNCTION catalog_summarise_product(target bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE catalog_product AS product
    SET price_amount = summary.price, compare_at_amount = summary.regular,
        is_in_stock = summary.available, skus = summary.skus
    FROM (
        SELECT min(price_amount) AS price,
               (array_agg(compare_at_amount ORDER BY price_amount, position, id))[1] AS regular,
               coalesce(bool_or(on_hand > reserved), false) AS available,
               coalesce(string_agg(
                   regexp_replace(sku, '[^[:alnum:]]+', ' ', 'g') || ' ' || regexp_replace(sku, '[^[:alnum:]]+', '', 'g'),
                   ' ' ORDER BY position, id), '') AS skus
        FROM catalog_variant WHERE product_id = target
    ) AS summary
    WHERE product.id = target
      AND (product.price_amount, product.compare_at_amount, product.is_in_stock, product.skus)
          IS DISTINCT FROM (summary.price, summary.regular, summary.available, summary.skus)
$$;

CREATE TRIGGER catalog_variant_summary
AFTER INSERT OR DELETE OR UPDATE OF product_id, sku, price_amount, compare_at_amount, on_hand, reserved, position
ON catalog_variant FOR EACH ROW EXECUTE FUNCTION catalog_summarise_variants();
"""

REMOVE = """
DROP TRIGGER catalog_variant_summary ON catalog_variant;
DROP FUNCTION catalog_summarise_variants();
DROP FUNCTION catalog_summarise_product(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunSQL(INSTALL, REMOVE)]
