"""Signal receivers that keep renditions, picture files and the search index up to date."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.db.models import QuerySet
from django.db.models.signals import m2m_changed, post_delete, post_migrate, post_save, pre_delete
from django.dispatch import receiver

from catalog import tasks
from catalog.models import Attribute, AttributeValue, Category, Product, ProductImage, Synonym, Variant
from catalog.pictures import files as picture_files
from catalog.search import refresh_keywords
from catalog.search.changes import notice
from catalog.search.starter.loading import load_starter_set

RENDITIONS_PER_TASK = 16  # pictures; a task has four minutes, and large ones take seconds


@receiver(post_save, sender=ProductImage)
def render_saved_picture(instance: ProductImage, using: str, raw: bool = False, **kwargs: Any) -> None:
    """Queue the renditions after commit, in few tasks: publishing one for each picture took a third of an import.

    If the queue is down, the sweep makes them later.
    """
    if not raw and instance.is_public and not instance.rendition_widths and not instance.rendition_attempts:
        _collected(using).add(instance.pk)
        transaction.on_commit(lambda: _publish_renditions(using), using=using, robust=True)


@receiver(post_save, sender=ProductImage)
def remove_replaced_picture(instance: ProductImage, **kwargs: Any) -> None:
    """Remove the replaced picture's files after commit."""
    if instance.replaced_sha256:
        _remove_on_commit(instance.replaced_sha256)
        instance.replaced_sha256 = ""


@receiver(post_delete, sender=ProductImage)
def remove_deleted_picture(instance: ProductImage, **kwargs: Any) -> None:
    """Remove the deleted picture's files after commit."""
    _remove_on_commit(instance.sha256)


@receiver(post_save, sender=Product)
def refresh_saved_product(
    instance: Product, raw: bool = False, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    """Index the product. A full save may have written back an outdated search vector, so it always reindexes."""
    if not raw:
        refresh_keywords([instance.pk], force=update_fields is None)


@receiver(post_save, sender=Variant)
def refresh_saved_variant(
    instance: Variant, raw: bool = False, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    if not raw and (update_fields is None or "sku" in update_fields):
        refresh_keywords([instance.product_id])


@receiver(post_delete, sender=Variant)
def refresh_after_deleted_variant(instance: Variant, origin: Any = None, **kwargs: Any) -> None:
    """Remove the SKU from the index, unless the product is deleted, too."""
    if getattr(origin, "model", type(origin)) is Variant:
        refresh_keywords([instance.product_id])


@receiver(post_save, sender=Category)
def refresh_saved_category(instance: Category, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if not created and not raw:
        _refresh(Product.objects.in_category(instance))


@receiver(post_save, sender=Attribute)
def refresh_saved_attribute(instance: Attribute, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if not created and not raw:
        _refresh(Product.objects.filter(attribute_values__attribute=instance))


@receiver(post_save, sender=AttributeValue)
def refresh_saved_value(instance: AttributeValue, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if not created and not raw:
        _refresh(Product.objects.filter(attribute_values=instance))


@receiver(pre_delete, sender=AttributeValue)
def refresh_after_deleted_value(instance: AttributeValue, **kwargs: Any) -> None:
    products = list(Product.objects.filter(attribute_values=instance).values_list("pk", flat=True))
    transaction.on_commit(partial(refresh_keywords, products))


@receiver(m2m_changed, sender=Product.attribute_values.through)
def refresh_linked_products(
    instance: Product | AttributeValue, action: str, pk_set: set[int] | None, **kwargs: Any
) -> None:
    if action.startswith("post_"):
        refresh_keywords([instance.pk] if isinstance(instance, Product) else pk_set or [])


@receiver(post_save, sender=Synonym)
@receiver(post_delete, sender=Synonym)
def notice_synonym(**kwargs: Any) -> None:
    """Search with the new synonyms at once."""
    notice()
    transaction.on_commit(notice)


@receiver(post_migrate, sender=apps.get_app_config("catalog"))
def load_synonyms(**kwargs: Any) -> None:
    """Load new lines of the starter set with every update.

    Emptying a database, as tests do, has no plan; migrating backwards removes the table.
    """
    if "plan" in kwargs and "synonym" in kwargs["apps"].all_models["catalog"]:
        load_starter_set()


def _publish_renditions(using: str) -> None:
    """Queue all collected pictures. It runs once per saved picture; every run but the first finds none."""
    ids = sorted(_collected(using))
    _collected(using).clear()
    for start in range(0, len(ids), RENDITIONS_PER_TASK):
        tasks.make_renditions.delay(ids[start : start + RENDITIONS_PER_TASK])


def _collected(using: str) -> set[int]:
    found: set[int] = connections[using].__dict__.setdefault("catalog_unrendered", set())
    return found


def _remove_on_commit(sha256: str) -> None:
    """The sweep removes the files if this fails or the process dies first."""
    transaction.on_commit(lambda: picture_files.remove_unused(sha256), robust=True)


def _refresh(products: QuerySet[Product]) -> None:
    refresh_keywords(products.order_by().values_list("pk", flat=True).distinct())
