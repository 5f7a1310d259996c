"""Index all products, in batches that commit separately, so that an interrupted run continues where it stopped.

Also reorder the category tree by its sort keys, the order that treebeard maintains from now on.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import connection, migrations, models, transaction

from catalog.search.vectors import vector
from catalog.text.sorting import sort_key

BATCH = 500
STEP = 4  # characters of a category's path per level
SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ASIDE = "abcdefghijklmnopqrstuvwxyz!#$%&()*+-"  # prefixes for temporary paths, so that no path exists twice meanwhile


def index_products(apps, schema_editor):
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM catalog_product WHERE search_version = 0 ORDER BY id LIMIT %s FOR NO KEY UPDATE",
                [BATCH],
            )
            keys = [key for (key,) in cursor.fetchall()]
            if not keys:
                return
            cursor.execute("SELECT catalog_summarise_product(id) FROM unnest(%s::bigint[]) AS wanted(id)", [keys])
            cursor.execute(
                "SELECT id, title, brand, skus, keywords, description FROM catalog_product WHERE id = ANY(%s)", [keys]
            )
            names = ("title", "brand", "skus", "keywords", "description")
            rows = [(row[0], sort_key(row[1]), vector(**dict(zip(names, row[1:])))) for row in cursor.fetchall()]
            cursor.execute(
                "UPDATE catalog_product AS product SET sort_key = indexed.sort_key,"
                " search_vector = indexed.lexemes::tsvector, search_version = 1"
                " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS indexed(id, sort_key, lexemes)"
                " WHERE product.id = indexed.id",
                [list(column) for column in zip(*rows)],
            )


def fill_sort_keys(apps, schema_editor):
    Category = apps.get_model("catalog", "Category")
    Attribute = apps.get_model("catalog", "Attribute")
    AttributeValue = apps.get_model("catalog", "AttributeValue")
    for model in (Category, Attribute, AttributeValue):  # saving computes the sort key
        model._default_manager.bulk_update(model._default_manager.order_by("pk"), ["sort_key"], batch_size=BATCH)


def sort_the_tree(apps, schema_editor):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT path, sort_key FROM catalog_category ORDER BY path FOR UPDATE")
        below = {}
        for path, key in cursor.fetchall():
            below.setdefault(path[:-STEP], []).append((key, path))
        moved, waiting = [], [("", "")]
        while waiting:
            old, new = waiting.pop()
            for number, (_key, path) in enumerate(sorted(below.get(old, [])), 1):
                waiting.append((path, new + _step(number)))
                moved.append((path.translate(str.maketrans(SIGNS, ASIDE)), new + _step(number)))
        cursor.execute("UPDATE catalog_category SET path = translate(path, %s, %s)", [SIGNS, ASIDE])
        cursor.executemany("UPDATE catalog_category SET path = %s WHERE path = %s", [(new, old) for old, new in moved])


def _step(number):
    signs = ""
    while number:
        number, rest = divmod(number, len(SIGNS))
        signs = SIGNS[rest] + signs
    return signs.rjust(STEP, SIGNS[0])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0013_words")]

    operations = [
        AddIndexConcurrently(
            model_name="product", index=models.Index(fields=["search_version"], name="product_words_version")
        ),
        RemoveIndexConcurrently(model_name="product", name="product_titles"),
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                fields=["sort_key", "id"], name="product_titles", condition=models.Q(("status", "draft"), _negated=True)
            ),
        ),
        migrations.RunPython(index_products, migrations.RunPython.noop),
        migrations.RunPython(fill_sort_keys, migrations.RunPython.noop),
        migrations.RunPython(sort_the_tree, migrations.RunPython.noop),
    ]
