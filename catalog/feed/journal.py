"""Record what an import changes, and undo it: whatever was sold or changed since stays as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from catalog import stock
from catalog.locks import lock_names, lock_products
from catalog.models import PictureSource, Product, StockMovement, Variant
from catalog.models.feed_import import FeedChange, FeedImport
from catalog.models.product import TEXTS
from catalog.pictures.sources import plan_pictures
from catalog.search import refresh_keywords

FIELDS = ("title", "brand", "category_id", *TEXTS, "status", "publish_at", "tax_class", "sold_count")
VARIANT = ("price_amount", "compare_at_amount", "options", "weight_grams", "barcode", "position", "on_hand")
SALES = (StockMovement.Kind.RESERVE, StockMovement.Kind.CONSUME)
Snapshot = dict[str, Any]


def snapshots(keys: Iterable[int]) -> dict[int, Snapshot]:
    """Return what imports may change of these products, as JSON, in four queries."""
    keys = list(keys)
    products = {row["pk"]: row for row in Product.objects.filter(pk__in=keys).values("pk", *FIELDS)}
    links: dict[int, list[int]] = defaultdict(list)
    through = Product.attribute_values.through.objects.filter(product__in=keys)
    for product, value in through.order_by("attributevalue_id").values_list("product_id", "attributevalue_id"):
        links[product].append(value)
    variants: dict[int, Snapshot] = defaultdict(dict)
    for row in Variant.objects.filter(product__in=keys).order_by("sku").values("product_id", "sku", *VARIANT):
        variants[row["product_id"]][row["sku"]] = {name: _json(row[name]) for name in VARIANT}
    sources: dict[int, list[Any]] = defaultdict(list)
    for source in PictureSource.objects.filter(product__in=keys).order_by("position", "pk"):
        sources[source.product_id].append([source.position, source.url, source.alt])
    return {
        key: {
            "fields": {name: _json(row[name]) for name in FIELDS},
            "values": links[key],
            "variants": variants[key],
            "sources": sources[key],
        }
        for key, row in products.items()
    }


def record(feed_import: int, before: Mapping[int, Snapshot], after: Mapping[int, Snapshot]) -> None:
    """Record the products that differ. A later part of the same import adds to the earlier one."""
    known = {
        change.product_key: change
        for change in FeedChange.objects.filter(feed_import=feed_import, product_key__in=list(after))
    }
    new = []
    for key, snapshot in after.items():
        if before.get(key) == snapshot:
            continue
        title = snapshot["fields"]["title"]
        if key in known:
            FeedChange.objects.filter(pk=known[key].pk).update(after=snapshot, title=title)
        else:
            new.append(
                FeedChange(
                    feed_import_id=feed_import,
                    product_key=key,
                    title=title,
                    before=before.get(key),
                    after=snapshot,
                )
            )
    FeedChange.objects.bulk_create(new)


def undo(change: FeedChange, now: datetime) -> None:
    """Undo the change of one product, and record what was kept. Safe to run twice."""
    with transaction.atomic():
        lock_names()
        lock_products(Product.objects.filter(pk=change.product_key))
        current = snapshots([change.product_key]).get(change.product_key)
        if current is not None:
            kept = _remove(change, current) if change.before is None else _restore(change, current, now)
            change.kept = " ".join(kept)
        change.is_undone = True
        change.save(update_fields=["is_undone", "kept"])


def _remove(change: FeedChange, current: Snapshot) -> list[str]:
    if StockMovement.objects.filter(variant__product=change.product_key, kind__in=SALES).exists():
        return [_("It was sold since and stays.")]
    if current != change.after:
        return [_("It was changed since and stays.")]
    try:
        with transaction.atomic():
            Product.objects.get(pk=change.product_key).delete()
    except (ProtectedError, RestrictedError):
        return [_("Something else needs it, so it stays.")]
    return []


def _restore(change: FeedChange, current: Snapshot, now: datetime) -> list[str]:
    before, after = change.before, change.after
    kept: list[str] = []
    values = _returned(before["fields"], after["fields"], current["fields"], kept)
    if isinstance(values.get("publish_at"), str):
        values["publish_at"] = parse_datetime(values["publish_at"])
    if values:
        Product.objects.filter(pk=change.product_key).update(**values, updated_at=now)
    product = Product.objects.get(pk=change.product_key)
    if before["values"] != after["values"]:
        if current["values"] == after["values"]:
            known = product.attribute_values.model.objects.filter(pk__in=before["values"])
            product.attribute_values.set(known)
        else:
            kept.append(_("Its attributes were changed since."))
    if before["sources"] != after["sources"]:
        if current["sources"] == after["sources"]:
            plan_pictures(product.pk, [(place, url, alt) for place, url, alt in before["sources"]], now)
        else:
            kept.append(_("Its pictures were changed since."))
    for sku, snapshot in after["variants"].items():
        _restore_variant(sku, before["variants"].get(sku), snapshot, kept, now)
    refresh_keywords([product.pk])
    return list(dict.fromkeys(kept))


def _restore_variant(sku: str, before: Snapshot | None, after: Snapshot, kept: list[str], now: datetime) -> None:
    variant = Variant.objects.filter(sku=sku).first()
    if variant is None or before == after:
        return
    if before is None:
        if variant.movements.filter(kind__in=SALES).exists():
            kept.append(_("The variant %(sku)s was sold since and stays.") % {"sku": sku})
        else:
            variant.delete()
        return
    current = {name: _json(getattr(variant, name)) for name in VARIANT}
    units = before["on_hand"] - after["on_hand"]  # sales since then still count
    names = [name for name in VARIANT if name != "on_hand"]
    values = _returned({n: before[n] for n in names}, after, current, kept)
    for name in ("price_amount", "compare_at_amount"):
        if isinstance(values.get(name), str):
            values[name] = Decimal(values[name])
    Variant.objects.filter(pk=variant.pk).update(**values) if values else None
    try:
        stock.correct({variant.pk: units}, stock.Reason("import", "undo", now))
    except stock.OutOfStock:
        kept.append(_("The stock of %(sku)s is reserved or sold and stays.") % {"sku": sku})


def _returned(before: Snapshot, after: Snapshot, current: Snapshot, kept: list[str]) -> dict[str, Any]:
    """Return the earlier values of fields that the import changed and nobody else since."""
    values = {}
    for name, value in before.items():
        if value == after[name]:
            continue
        if current[name] == after[name]:
            values[name] = value
        else:
            kept.append(_("The field “%(name)s” was changed since.") % {"name": name})
    return values


def undo_some(row: FeedImport, most: int, now: datetime) -> bool:
    """Undo up to this many changes, the last first. Return True if some are left."""
    changes = list(row.changes.filter(is_undone=False).order_by("-pk")[: most + 1])
    for change in changes[:most]:
        undo(change, now)
    return len(changes) > most


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
