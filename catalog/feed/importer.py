"""Rows of a feed → products, variants, attributes and pictures.

Products are known by their slug and variants by their SKU; what is not in the file stays as it is. Running a file
again changes nothing. Good rows land, in transactions of some hundred products; every other row is reported.
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
from catalog.feed.names import Names
from catalog.feed.picture_folder import PictureFolder
from catalog.feed.records import OnProblem
from catalog.feed.rows import OnProgress, batches, read_groups
from catalog.feed.spreadsheet_damage import is_rewritten, same_number, with_zeros
from catalog.locks import lock_names, lock_products, retry_after_deadlock
from catalog.models import Product, Variant
from catalog.search import index_unsaved, refresh_keywords

BATCH = 500  # products
REFUSED = (IntegrityError, DataError, stock.OutOfStock)
Row = TypeVar("Row", Product, Variant)


@dataclass
class Report:
    """What an import did, in numbers."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    pictures: int = 0
    problems: int = 0
    warnings: int = 0


@dataclass
class Importer:
    """One run over one file."""

    folder: PictureFolder
    on_problem: OnProblem
    on_warning: OnProblem
    now: datetime
    report: Report = field(default_factory=Report)
    sku_lines: dict[str, int] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    warned: set[tuple[str, str]] = field(default_factory=set)

    def land(self, entries: list[ProductEntry]) -> None:
        """Write these products in one transaction; where the database refuses that, each in its own."""
        for entry in entries:
            entry.variants = [variant for variant in entry.variants if self._is_new(variant)]
        try:
            landed, report = retry_after_deadlock(lambda: self._write(entries, Report()))
        except REFUSED:
            landed = [each for entry in entries for each in self._land_alone(entry)]
        else:
            self._add(report)
        self.report.pictures += self.folder.land(landed, self.on_problem)

    def _land_alone(self, entry: ProductEntry) -> list[tuple[int, ProductEntry]]:
        try:
            landed, report = retry_after_deadlock(lambda: self._write([entry], Report()))
        except REFUSED as error:
            self.on_problem(entry.line, _("The database refused the product: %(error)s") % {"error": error})
            return []
        self._add(report)
        return landed

    def _add(self, report: Report) -> None:
        self.report.created += report.created
        self.report.updated += report.updated
        self.report.unchanged += report.unchanged

    def _is_new(self, variant: VariantEntry) -> bool:
        """Whether the SKU stands on no earlier line; reports it if it does."""
        first = self.sku_lines.setdefault(variant.sku, variant.line)
        if first != variant.line:
            facts = {"sku": variant.sku, "line": first}
            self.on_problem(variant.line, _("The SKU “%(sku)s” is already on line %(line)d.") % facts)
        return first == variant.line

    def _write(self, entries: list[ProductEntry], report: Report) -> tuple[list[tuple[int, ProductEntry]], Report]:
        lock_names()
        if not self.names.is_current():
            self.names = Names()
        slugs = [entry.slug for entry in entries]
        lock_products(Product.objects.filter(slug__in=slugs))  # before anything of them is read
        known = {product.slug: product for product in _products().filter(slug__in=slugs)}
        skus = [variant.sku for entry in entries for variant in entry.variants]
        variants = {variant.sku: variant for variant in _variants().filter(sku__in=skus)}
        others = _skus_beside(entries, known)
        for entry in entries:
            self._warn_of_other_case(entry)
            entry.variants = [
                each
                for each in entry.variants
                if self._fits(each, entry, variants.get(each.sku))
                and (each.sku in variants or self._is_as_typed(each, others[entry.slug]))
            ]
        entries = [entry for entry in entries if entry.variants or entry.slug in known]
        products, changed = self._write_products(entries, known)
        changed |= _write_variants(entries, products, variants, self.now)
        changed |= self._write_attributes(entries, products)
        refresh_keywords(product.pk for product in products.values())
        created = {slug for slug in products if slug not in known}
        report.created, report.updated = len(created), len(changed - created)
        report.unchanged = len(entries) - report.created - report.updated
        return [(products[entry.slug].pk, entry) for entry in entries], report

    def _fits(self, variant: VariantEntry, entry: ProductEntry, existing: Variant | None) -> bool:
        """Whether the variant may be written over the one that has its SKU; reports it if not."""
        if existing is None:
            return True
        if existing.product.slug != entry.slug:
            reason = _("The SKU “%(sku)s” belongs to the product “%(slug)s”.")
        elif variant.values.get("on_hand", existing.on_hand) < existing.reserved:
            reason = _("The stock of “%(sku)s” is below the %(reserved)d pieces that are reserved.")
        else:
            return True
        facts = {"sku": variant.sku, "slug": existing.product.slug, "reserved": existing.reserved}
        self.on_problem(variant.line, reason % facts)
        return False

    def _is_as_typed(self, variant: VariantEntry, others: set[str]) -> bool:
        """Return True unless the new SKU is, as a number, another SKU of the product that the file does not name."""
        facts = {"sku": variant.sku, "other": same_number(variant.sku, sorted(others))}
        if facts["other"]:
            reason = _(
                "The SKU “%(sku)s” is the same number as “%(other)s”, which this product has and the file leaves out. "
                "Spreadsheets drop zeros: format the column as text. To sell both, list both in the file."
            )
            self.on_problem(variant.line, reason % facts)
        elif others and is_rewritten(variant.sku):
            reason = _(
                "The SKU “%(sku)s” is new and looks like one that a spreadsheet changed; "
                "the file leaves out “%(other)s”."
            )
            self._warn(variant.line, reason % {"sku": variant.sku, "other": "”, “".join(sorted(others)[:5])})
        return not facts["other"]

    def _warn_of_other_case(self, entry: ProductEntry) -> None:
        for attribute, values in entry.attributes.items():
            for value in values:
                if other := self.names.other_case(attribute, value):
                    reason = _("The value “%(value)s” of “%(attribute)s” was added beside “%(other)s”.")
                    self._warn(entry.line, reason % {"value": value, "attribute": attribute, "other": other})

    def _warn(self, line: int, reason: str) -> None:
        """Tell the warning once, even if the batch is written again."""
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
            is_changed = _assign(product, values)
            if product.pk is None:
                self._foresee(product, entry)
                new.append(product)
            elif is_changed:
                product.updated_at = self.now
                changed.append(product)
        Product.objects.bulk_create(new)
        fields = ["title", "brand", "category", "description", "status", "publish_at", "sold_count", "tax_class"]
        Product.objects.bulk_update(changed, [*fields, "updated_at"])
        wanted = {entry.slug for entry in entries}
        products = {slug: product for slug, product in known.items() if slug in wanted}
        products |= {product.slug: product for product in new}
        return products, {product.slug for product in (*new, *changed)}

    def _foresee(self, product: Product, entry: ProductEntry) -> None:
        """Fill in what the trigger and `refresh_keywords` will repeat, so that a new row is written once, not thrice.

        They have the last word: what they would repeat otherwise, they still do.
        """
        cheapest = min((variant.values for variant in entry.variants), key=itemgetter("price_amount"))
        product.price_amount = cheapest["price_amount"]
        product.compare_at_amount = cheapest.get("compare_at_amount")
        product.is_in_stock = any(variant.values.get("on_hand") for variant in entry.variants)
        product.skus = "\n".join(variant.sku for variant in entry.variants)
        pairs = {(slug, self.names.value(slug, name)) for slug, names in entry.attributes.items() for name in names}
        ordered = sorted((slug, value.slug, f"{value.attribute.name} {value.value}") for slug, value in pairs)
        product.keywords = " ".join([*entry.category, *(words for _attribute, _value, words in ordered)])
        index_unsaved(product)

    def _write_attributes(self, entries: list[ProductEntry], products: Mapping[str, Product]) -> set[str]:
        """Make the values of the file's attribute columns those of the rows; other attributes stay."""
        through = Product.attribute_values.through.objects
        columns = list(entries[0].attributes) if entries else []
        keys = [product.pk for product in products.values()]
        existing = through.filter(product__in=keys, attributevalue__attribute__slug__in=columns)
        linked = {(link.product_id, link.attributevalue_id): link.pk for link in existing}
        wanted = {
            (products[entry.slug].pk, self.names.value(attribute, value).pk): entry.slug
            for entry in entries
            for attribute, values in entry.attributes.items()
            for value in values
        }
        slugs = {product.pk: slug for slug, product in products.items()}
        gone = {link: slugs[link[0]] for link in linked if link not in wanted}
        added = {link: slug for link, slug in wanted.items() if link not in linked}
        through.filter(pk__in=[linked[link] for link in gone]).delete()
        through.bulk_create([through.model(product_id=product, attributevalue_id=value) for product, value in added])
        return {*gone.values(), *added.values()}


def import_catalog(
    path: Path,
    images: Path | None,
    now: datetime,
    on_problem: OnProblem,
    on_progress: OnProgress = lambda _read: None,
    on_warning: OnProblem = lambda _line, _reason: None,
) -> Report:
    """Import the file. Raises InvalidFeed.

    Call `on_problem` with the line of each problem, `on_warning` with the line of what landed but looks wrong, and
    `on_progress` with the number of bytes read.
    """
    report = Report()

    def problem(line: int, reason: str) -> None:
        report.problems += 1
        on_problem(line, reason)

    importer = Importer(PictureFolder(images), problem, on_warning, now, report)
    for batch in batches(read_groups(path, problem, on_progress), BATCH):
        entries = (parse_group(group, problem) for group in batch)
        importer.land([entry for entry in entries if entry])
    return report


def _skus_beside(entries: list[ProductEntry], known: Mapping[str, Product]) -> dict[str, set[str]]:
    """Return for each entry the SKUs that its product has and the file does not name.

    A new product whose name lost its zeros is the product that has them.
    """
    slugs = {entry.slug: [entry.slug] if entry.slug in known else with_zeros(entry.slug) for entry in entries}
    wanted = [slug for tries in slugs.values() for slug in tries]
    present: dict[str, set[str]] = defaultdict(set)
    for slug, sku in Variant.objects.filter(product__slug__in=wanted).values_list("product__slug", "sku"):
        present[slug].add(sku)
    return {
        entry.slug: {sku for slug in slugs[entry.slug] for sku in present[slug]}
        - {each.sku for each in entry.variants}
        for entry in entries
    }


def _products() -> models.QuerySet[Product]:
    return Product.objects.defer("search_vector", "keywords", "skus")


def _variants() -> models.QuerySet[Variant]:
    unused = [f"product__{name}" for name in ("search_vector", "keywords", "skus", "description")]
    return Variant.objects.select_related("product").defer(*unused)


def _write_variants(
    entries: Iterable[ProductEntry], products: Mapping[str, Product], known: Mapping[str, Variant], now: datetime
) -> set[str]:
    """Slugs of the products with a variant that is new or another. Stock moves by the difference to what was read."""
    new: list[Variant] = []
    counts: dict[int, int] = {}
    changed: list[Variant] = []
    slugs = set()
    for entry in entries:
        for position, each in enumerate(entry.variants):
            variant = known.get(each.sku) or Variant(sku=each.sku, product=products[entry.slug])
            values = {**each.values, "position": position}
            counted = values.pop("on_hand", variant.on_hand) if variant.pk else variant.on_hand
            if counted != variant.on_hand:
                counts[variant.pk] = counted - variant.on_hand
                slugs.add(entry.slug)
            if not _assign(variant, values) and variant.pk:
                continue
            (changed if variant.pk else new).append(variant)
            slugs.add(entry.slug)
    Variant.objects.bulk_create(new)
    fields = ["price_amount", "compare_at_amount", "options", "weight_grams", "position"]
    Variant.objects.bulk_update(changed, fields, batch_size=BATCH)
    stock.correct(counts, stock.Because("import", "import", now))
    return slugs


def _assign(row: Row, values: Mapping[str, Any]) -> bool:
    """Give the row these values; says whether any of them was another one before."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)
