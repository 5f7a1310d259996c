"""Clean the names of existing rows (`catalog.text.cleaning`), and merge rows whose names become equal."""

import json
from itertools import count

from django.db import migrations
from django.db.models import Count

from catalog.text.cleaning import clean_lines, clean_text

RESERVED = ("network", "vector", "image", "thumbnail", "attributes", "values", "csrfmiddlewaretoken")
ONE_LINE = {"Attribute": ["name"], "Category": ["name"], "Product": ["title", "brand"], "ProductImage": ["alt"]}
SOME_LINES = {"Category": ["description"], "Product": ["description"]}


def rename_reserved_attributes(apps, schema_editor):
    Attribute = apps.get_model("catalog", "Attribute")
    for attribute in Attribute.objects.filter(slug__in=RESERVED):
        wanted = f"attribute-{attribute.slug}"
        tries = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
        slug = next(each for each in tries if not Attribute.objects.filter(slug=each).exists())
        Attribute.objects.filter(pk=attribute.pk).update(slug=slug)


def clean_texts(apps, schema_editor):
    for fields_by_model, clean in ((ONE_LINE, clean_text), (SOME_LINES, clean_lines)):
        for model, fields in fields_by_model.items():
            rows = apps.get_model("catalog", model).objects.order_by()
            for pk, *values in rows.values_list("pk", *fields).iterator(500):
                changed = {
                    field: clean(value) for field, value in zip(fields, values, strict=True) if clean(value) != value
                }
                if changed:
                    rows.filter(pk=pk).update(**changed)


def clean_skus(apps, schema_editor):
    variants = apps.get_model("catalog", "Variant").objects.order_by("pk")
    for pk, sku in list(variants.values_list("pk", "sku").iterator(500)):
        wanted = clean_text(sku) or "x"
        if wanted != sku:
            tries = (wanted if number == 1 else f"{wanted[:55]}-{number}" for number in count(1))
            variants.filter(pk=pk).update(sku=next(each for each in tries if not variants.filter(sku=each).exists()))


def repair_options(apps, schema_editor):
    """Keep a value that is not an object readable, as the text of an option."""
    variants = apps.get_model("catalog", "Variant").objects.order_by("pk")
    for pk, options in list(variants.values_list("pk", "options").iterator(500)):
        named = options if isinstance(options, dict) else {"option": options}
        texts = {clean_text(name)[:60] or "option": _text(value)[:200] for name, value in named.items()}
        texts = {name: text for name, text in texts.items() if text}
        if texts != options:
            variants.filter(pk=pk).update(options=texts)


def _text(value):
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    if value is None or isinstance(value, str):
        return clean_text(value or "")
    return clean_text(json.dumps(value, ensure_ascii=False))


def join_values(apps, schema_editor):
    values = apps.get_model("catalog", "AttributeValue").objects.order_by("pk")
    links = apps.get_model("catalog", "Product_attribute_values").objects
    for value in list(values):
        text = clean_text(value.value) or value.slug
        if text != value.value:
            values.filter(pk=value.pk).update(value=text)
    twins = values.order_by().values("attribute", "value").annotate(number=Count("pk")).filter(number__gt=1)
    for twin in list(twins):
        first, *others = values.filter(attribute=twin["attribute"], value=twin["value"]).values_list("pk", flat=True)
        linked = links.filter(attributevalue=first).values("product")
        for other in others:
            links.filter(attributevalue=other).exclude(product__in=linked).update(attributevalue=first)
            links.filter(attributevalue=other).delete()
        values.filter(pk__in=others).delete()


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_moments_within_bounds")]
    operations = [
        migrations.RunPython(function, migrations.RunPython.noop)
        for function in (rename_reserved_attributes, clean_texts, clean_skus, repair_options, join_values)
    ]
