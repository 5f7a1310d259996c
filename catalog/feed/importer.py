"""Import products, variants, attributes and pictures from a feed.

Products are identified by slug and variants by SKU. Everything else stays as it is, and importing the same file twice
changes nothing. Valid rows are written in transactions of several hundred products; invalid rows are reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from django.db import DataError, IntegrityError, models
from django.utils.translation import gettext as _

from catalog import stock
from catalog.feed.entries import ProductEntry, VariantEntry, parse_group
from catalog.feed.foreign import Notes
from catalog.feed.journal import Snapshot, record, snapshots
from catalog.feed.names import NameCache
from catalog.feed.picture_folder import PictureFolder
from catalog.feed.reading import FeedOptions, open_feed
from catalog.feed.records import OnProblem
from catalog.feed.rows import OnProgress, batches
from catalog.feed.spreadsheet_damage import looks_changed, same_number, with_leading_zeros
from catalog.locks import lock_names, lock_products, retry_after_deadlock
from catalog.models import Product, Variant
from catalog.models.product import TEXTS
from catalog.search import index_unsaved, keywords, refresh_keywords

BATCH = 500  # products
DATABASE_ERRORS = (IntegrityError, DataError, stock.OutOfStock)
Row = TypeVar("Row", Product, Variant)
Imported = list[tuple[int, ProductEntry]]  # each with the key of its product


@dataclass
class Report:
    """Counts of products, pictures, problems and warnings in an import."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    pictures: int = 0
    waiting: int = 0  # pictures that will be fetched by their address
    problems: int = 0
    warnings: int = 0
    left_out: dict[str, int] = field(default_factory=dict)  # filled cells of columns without a place, by column


@dataclass
class Importer:
    """An import of one file."""

    folder: PictureFolder
    on_problem: OnProblem
    on_warning: OnProblem
    now: datetime
    report: Report = field(default_factory=Report)
    sku_lines: dict[str, int] = field(default_factory=dict)
    names: NameCache = field(default_factory=NameCache)
    warned: set[tuple[str, str]] = field(default_factory=set)
    feed_import: int | None = None  # key of the import whose changes are recorded
    before: dict[int, Snapshot] = field(default_factory=dict)  # of the current batch, if they are

    def write(self, entries: list[ProductEntry]) -> None:
        """Write these products in one transaction, or one by one if the database rejects one of them."""
        self._settle_slugs(entries)
        for entry in entries:
            entry.variants = [variant for variant in entry.variants if self._is_first(variant)]
        try:
            imported, report = retry_after_deadlock(lambda: self._write_batch(entries, Report()))
        except DATABASE_ERRORS:
            imported = [each for entry in entries for each in self._write_alone(entry)]
        else:
            self._count(report)
        self.report.pictures += self.folder.import_pictures(imported, self.on_problem)
        self.report.waiting = self.folder.waiting
        if self.feed_import:  # again, with the addresses of pictures
            record(self.feed_import, self.before, snapshots(pk for pk, _entry in imported))

    @staticmethod
    def _settle_slugs(entries: list[ProductEntry]) -> None:
        """Give products that are known by their SKUs the slug that they have, or one that is free."""
        made = [entry for entry in entries if entry.distinct]
        skus = [variant.sku for entry in made for variant in entry.variants]
        owners = dict(Variant.objects.filter(sku__in=skus).values_list("sku", "product__slug"))
        taken = set(Product.objects.filter(slug__in=[entry.slug for entry in made]).values_list("slug", flat=True))
        for entry in made:
            own = next((owners[variant.sku] for variant in entry.variants if variant.sku in owners), None)
            if own is None and entry.slug in taken:
                own = f"{entry.slug[:150]}-{entry.distinct}"
            entry.slug = own or entry.slug

    def _write_alone(self, entry: ProductEntry) -> Imported:
        try:
            imported, report = retry_after_deadlock(lambda: self._write_batch([entry], Report()))
        except DATABASE_ERRORS as error:
            self.on_problem(entry.line, _("The database rejected the product: %(error)s") % {"error": error})
            return []
        self._count(report)
        return imported

    def _count(self, report: Report) -> None:
        self.report.created += report.created
        self.report.updated += report.updated
        self.report.unchanged += report.unchanged

    def _is_first(self, variant: VariantEntry) -> bool:
        """Return True if the SKU is not on an earlier line; otherwise report it."""
        first = self.sku_lines.setdefault(variant.sku, variant.line)
        if first != variant.line:
            facts = {"sku": variant.sku, "line": first}
            self.on_problem(variant.line, _("The SKU “%(sku)s” is already on line %(line)d.") % facts)
        return first == variant.line

    def _write_batch(
        self, entries: list[ProductEntry], report: Report
    ) -> tuple[list[tuple[int, ProductEntry]], Report]:
        lock_names()
        if not self.names.is_current():
            self.names = NameCache()
        slugs = [entry.slug for entry in entries]
        lock_products(Product.objects.filter(slug__in=slugs))  # before reading them
        known = {product.slug: product for product in _products().filter(slug__in=slugs)}
        skus = [variant.sku for entry in entries for variant in entry.variants]
        variants = {variant.sku: variant for variant in _variants().filter(sku__in=skus)}
        others = _other_skus(entries, known)
        for entry in entries:
            self._warn_of_case_variants(entry)
            entry.variants = [
                each
                for each in entry.variants
                if self._may_write(each, entry, variants.get(each.sku))
                and (each.sku in variants or self._is_undamaged(each, others[entry.slug]))
            ]
        entries = [entry for entry in entries if entry.variants or entry.slug in known]
        self.before = snapshots(product.pk for product in known.values()) if self.feed_import else {}
        products, changed = self._write_products(entries, known)
        changed |= _write_variants(entries, products, variants, self.now)
        changed |= self._write_attributes(entries, products)
        refresh_keywords(product.pk for product in products.values())
        if self.feed_import:
            record(self.feed_import, self.before, snapshots(product.pk for product in products.values()))
        created = {slug for slug in products if slug not in known}
        report.created, report.updated = len(created), len(changed - created)
        report.unchanged = len(entries) - report.created - report.updated
        return [(products[entry.slug].pk, entry) for entry in entries], report

    def _may_write(self, variant: VariantEntry, entry: ProductEntry, existing: Variant | None) -> bool:
        """Return True if the variant may overwrite the existing one with its SKU; otherwise report why not."""
        if existing is None:
            return True
        if existing.product.slug != entry.slug:
            reason = _("The SKU “%(sku)s” belongs to the product “%(slug)s”.")
        elif variant.values.get("on_hand", existing.on_hand) < existing.reserved:
            reason = _("The stock of “%(sku)s” is less than the %(reserved)d units reserved by orders.")
        else:
            return True
        facts = {"sku": variant.sku, "slug": existing.product.slug, "reserved": existing.reserved}
        self.on_problem(variant.line, reason % facts)
        return False

    def _is_undamaged(self, variant: VariantEntry, others: set[str]) -> bool:
        """Return True unless the new SKU is the same number as an existing SKU that the file does not list."""
        facts = {"sku": variant.sku, "other": same_number(variant.sku, sorted(others))}
        if facts["other"]:
            reason = _(
                "The SKU “%(sku)s” is the same number as the existing “%(other)s”, which this file does not list. "
                "Spreadsheets drop leading zeros: format the column as text. To sell both SKUs, list both."
            )
            self.on_problem(variant.line, reason % facts)
        elif others and looks_changed(variant.sku):
            reason = _(
                "The new SKU “%(sku)s” looks as if a spreadsheet changed it. The file does not list “%(other)s”."
            )
            self._warn(variant.line, reason % {"sku": variant.sku, "other": "”, “".join(sorted(others)[:5])})
        return not facts["other"]

    def _warn_of_case_variants(self, entry: ProductEntry) -> None:
        for attribute, values in entry.attributes.items():
            for value in values:
                if other := self.names.case_variant(attribute, value):
                    reason = _("The value “%(value)s” of “%(attribute)s” was added, although “%(other)s” exists.")
                    self._warn(entry.line, reason % {"value": value, "attribute": attribute, "other": other})

    def _warn(self, line: int, reason: str) -> None:
        """Report a warning once, even if the batch is retried."""
        if (str(line), reason) not in self.warned:
            self.warned.add((str(line), reason))
            self.report.warnings += 1
            self.on_warning(line, reason)

    def _write_products(
        self, entries: list[ProductEntry], known: Mapping[str, Product]
    ) -> tuple[dict[str, Product], set[str]]:
        new: list[Product] = []
        changed: list[Product] = []
        for entry in entries:
            product = known.get(entry.slug) or Product(slug=entry.slug)
            values = {**entry.values, "category_id": self.names.category(entry.category).pk}
            if values.get("description", product.description) != product.description:
                values.setdefault("description_html", "")  # another text without structure replaces both
            is_changed = _assign(product, values)
            if product.pk is None:
                self._prefill(product, entry)
                new.append(product)
            elif is_changed:
                product.updated_at = self.now
                changed.append(product)
        Product.objects.bulk_create(new)
        fields = ["title", "brand", "category", "status", "publish_at", "sold_count", "tax_class", "family"]
        Product.objects.bulk_update(changed, [*fields, *TEXTS, "is_family_chosen", "updated_at"])
        slugs = {entry.slug for entry in entries}
        products = {slug: product for slug, product in known.items() if slug in slugs}
        products |= {product.slug: product for product in new}
        return products, {product.slug for product in (*new, *changed)}

    def _prefill(self, product: Product, entry: ProductEntry) -> None:
        """Set the derived fields, so that the trigger and `refresh_keywords` need not update the new row.

        If a value here is wrong, they still correct it.
        """
        cheapest = min((variant.values for variant in entry.variants), key=itemgetter("price_amount"))
        product.price_amount = cheapest["price_amount"]
        product.compare_at_amount = cheapest.get("compare_at_amount")
        product.is_in_stock = any(
            each.get("on_hand", each.get("new_on_hand")) for each in (variant.values for variant in entry.variants)
        )
        product.skus = "\n".join(variant.sku for variant in entry.variants)
        path = entry.category
        product.keywords = keywords(
            [self.names.category(path[:depth]) for depth in range(1, len(path) + 1)],
            {
                self.names.value(slug, name, entry.labels.get(slug, ""))
                for slug, names in entry.attributes.items()
                for name in names
            },
            {option for variant in entry.variants for option in variant.values.get("options", {}).values()},
        )
        index_unsaved(product)

    def _write_attributes(self, entries: list[ProductEntry], products: Mapping[str, Product]) -> set[str]:
        """Set the values of the attributes that have a column. Return the slugs of changed products."""
        through = Product.attribute_values.through.objects
        columns = {slug for entry in entries for slug in entry.attributes}
        named = {(products[entry.slug].pk, slug) for entry in entries for slug in entry.attributes}
        keys = [product.pk for product in products.values()]
        existing = through.filter(product__in=keys, attributevalue__attribute__slug__in=columns)
        linked = {
            (link.product_id, link.attributevalue_id): link.pk
            for link in existing.select_related("attributevalue__attribute")
            if (link.product_id, link.attributevalue.attribute.slug) in named
        }
        links = {
            (
                products[entry.slug].pk,
                self.names.value(attribute, value, entry.labels.get(attribute, "")).pk,
            ): entry.slug
            for entry in entries
            for attribute, values in entry.attributes.items()
            for value in values
        }
        slugs = {product.pk: slug for slug, product in products.items()}
        removed = {link: slugs[link[0]] for link in linked if link not in links}
        added = {link: slug for link, slug in links.items() if link not in linked}
        through.filter(pk__in=[linked[link] for link in removed]).delete()
        through.bulk_create([through.model(product_id=product, attributevalue_id=value) for product, value in added])
        return {*removed.values(), *added.values()}


def import_catalog(
    path: Path,
    images: Path | None,
    now: datetime,
    on_problem: OnProblem,
    on_progress: OnProgress = lambda _read: None,
    on_warning: OnProblem = lambda _line, _reason: None,
    options: FeedOptions = FeedOptions(),  # noqa: B008 -- immutable
) -> Report:
    """Import the file. Raises InvalidFeed.

    Calls `on_problem` for each row that is not imported, `on_warning` for each row that is but looks wrong, and
    `on_progress` with the number of bytes read.
    """
    report = Report()

    def problem(line: int, reason: str) -> None:
        report.problems += 1
        on_problem(line, reason)

    def warning(line: int, reason: str) -> None:
        report.warnings += 1
        on_warning(line, reason)

    importer = Importer(PictureFolder(images, now), problem, on_warning, now, report)
    with open_feed(path, Notes(now, problem, warning), options) as feed:
        for batch in batches(feed.groups(on_progress), BATCH):
            entries = (parse_group(group, problem) for group in batch)
            importer.write([entry for entry in entries if entry])
    report.left_out = feed.left_out()
    return report


def _other_skus(entries: list[ProductEntry], known: Mapping[str, Product]) -> dict[str, set[str]]:
    """Return the existing SKUs of each entry's product that the file does not list.

    A slug that may have lost its leading zeros counts as the product that has them.
    """
    slugs = {entry.slug: [entry.slug] if entry.slug in known else with_leading_zeros(entry.slug) for entry in entries}
    candidates = [slug for tries in slugs.values() for slug in tries]
    present: dict[str, set[str]] = defaultdict(set)
    for slug, sku in Variant.objects.filter(product__slug__in=candidates).values_list("product__slug", "sku"):
        present[slug].add(sku)
    return {
        entry.slug: {sku for slug in slugs[entry.slug] for sku in present[slug]}
        - {each.sku for each in entry.variants}
        for entry in entries
    }


def _products() -> models.QuerySet[Product]:
    return Product.objects.defer("search_vector", "keywords", "skus")


def _variants() -> models.QuerySet[Variant]:
    unused = [f"product__{name}" for name in ("search_vector", "keywords", "skus", *TEXTS)]
    return Variant.objects.select_related("product").defer(*unused)


def _write_variants(
    entries: Iterable[ProductEntry], products: Mapping[str, Product], known: Mapping[str, Variant], now: datetime
) -> set[str]:
    """Write the variants and return the slugs of changed products. Stock changes by the difference."""
    new: list[Variant] = []
    counts: dict[int, int] = {}
    changed: list[Variant] = []
    slugs = set()
    for entry in entries:
        for position, each in enumerate(entry.variants):
            variant = known.get(each.sku) or Variant(sku=each.sku, product=products[entry.slug])
            values = {**each.values, "position": position}
            initial = values.pop("new_on_hand", 0)
            if not variant.pk:
                values.setdefault("on_hand", initial)
            counted = values.pop("on_hand", variant.on_hand) if variant.pk else variant.on_hand
            if counted != variant.on_hand:
                counts[variant.pk] = counted - variant.on_hand
                slugs.add(entry.slug)
            if not _assign(variant, values) and variant.pk:
                continue
            (changed if variant.pk else new).append(variant)
            slugs.add(entry.slug)
    Variant.objects.bulk_create(new)
    fields = ["price_amount", "compare_at_amount", "options", "weight_grams", "barcode", "position"]
    Variant.objects.bulk_update(changed, fields, batch_size=BATCH)
    stock.correct(counts, stock.Reason("import", "import", now))
    return slugs


def _assign(row: Row, values: Mapping[str, Any]) -> bool:
    """Set these values. Return True if any value changed."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)
