"""Add a trigger that copies the number and average of approved reviews to the product.

Lists then show and sort on one table, whoever writes the reviews: the admin, erasure of a customer, psql. The trigger
locks the product before it reads the reviews. Otherwise, of two simultaneous approvals, the second would wait for the
first and then write a count that misses it.
"""

from django.db import migrations

INSTALL = """
CREATE FUNCTION reviews_rate_product(target bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM catalog_product WHERE id = target FOR NO KEY UPDATE;
    UPDATE catalog_product AS product
    SET rating_count = summary.number, rating_average = summary.average
    FROM (
        SELECT count(*) AS number, round(avg(rating), 2) AS average
        FROM reviews_review WHERE product_id = target AND state = 'approved'
    ) AS summary
    WHERE product.id = target
      AND (product.rating_count, product.rating_average) IS DISTINCT FROM (summary.number, summary.average);
END $$;

CREATE FUNCTION reviews_rate_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state = 'approved' THEN
        PERFORM reviews_rate_product(OLD.product_id);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state = 'approved' THEN
        PERFORM reviews_rate_product(NEW.product_id);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER reviews_rating
AFTER INSERT OR DELETE OR UPDATE OF product_id, rating, state
ON reviews_review FOR EACH ROW EXECUTE FUNCTION reviews_rate_products();
"""

REMOVE = """
DROP TRIGGER reviews_rating ON reviews_review;
DROP FUNCTION reviews_rate_products();
DROP FUNCTION reviews_rate_product(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial"), ("catalog", "0005_ratings")]
    operations = [migrations.RunSQL(INSTALL, REMOVE)]
