"""What all readers of other shops' exports share: their rows, and drafts of products in our own columns.

A reader turns the rows of one product into a `Draft`; the importer writes it like any other. Whatever has no place in
the shop is counted or noted: nothing gets lost in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import quote, urljoin

from django.utils.translation import gettext as _

from catalog.feed.records import OnProblem
from catalog.feed.rows import ATTRIBUTE, OPTION, STOCK_IF_NEW, TEXTS, Group, InvalidRow, Row, join_cell
from catalog.models import filter_name
from catalog.models.fields import MAX_DESCRIPTION
from catalog.prices import quantum, shop_currency
from catalog.text.cleaning import clean_lines, clean_text
from catalog.text.html import MAX_HTML, clean_html, count_media, html_text, is_html, without_data
from catalog.text.slugs import SLUG, make_slug

TAGS = "Tags"  # the attribute that holds keywords of other shops
GRAMS: dict[str, int | Decimal] = {"g": 1, "gram": 1, "grams": 1, "kg": 1000, "oz": Decimal("28.3495"),
                                   "lb": Decimal("453.592"), "lbs": Decimal("453.592")}  # fmt: skip
AMOUNT = re.compile(r"[-+]?[.,]?\d[\d.,'’\s]*")
MAX_NUMBER = 30  # characters
MAX_VALUE = 100  # characters of an attribute's value
SYMBOLS = {"€": "EUR", "$": "", "£": "GBP", "¥": ""}  # "" is the sign of several currencies


@dataclass(frozen=True)
class Source:
    """A row of a foreign file: its line, and its cells by lower-case column name."""

    line: int
    cells: Mapping[str, str]

    def get(self, *columns: str) -> str:
        """Return the first of these cells that is filled in."""
        return next((cell for column in columns if (cell := self.cells.get(column, "").strip())), "")


@dataclass
class Notes:
    """What the reader reports: problems of rows, warnings once for each reason, and columns without a place."""

    now: datetime
    on_problem: OnProblem
    on_warning: OnProblem
    filled: Counter[str] = field(default_factory=Counter)  # filled cells by column
    said: set[str] = field(default_factory=set)
    slugs: set[str] = field(default_factory=set)
    picture_base: str = ""
    stock_if_new: int = 0

    def warn(self, line: int, reason: str) -> None:
        """Report something about this row."""
        self.on_warning(line, reason)

    def warn_once(self, line: int, reason: str) -> None:
        """Report something that is true of many rows, for the first of them."""
        if reason not in self.said:
            self.said.add(reason)
            self.on_warning(line, _("%(reason)s This is the first such row.") % {"reason": reason})

    def count(self, source: Source) -> None:
        """Count the filled cells of this row."""
        self.filled.update(column for column, cell in source.cells.items() if cell.strip())


@dataclass
class Draft:
    """A product in our own columns, with the lines it comes from."""

    key: str  # what the other shop calls it
    line: int
    has_handle: bool = False  # its slug is what the other shop knows it by
    cells: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, list[str]] = field(default_factory=dict)  # by the name that people see
    pictures: list[tuple[str, str]] = field(default_factory=list)
    variants: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    def add_values(self, name: str, values: Iterable[str]) -> None:
        """Add the values of an attribute, each once."""
        found = self.attributes.setdefault(name, [])
        found += [value for value in dict.fromkeys(values) if value and value not in found]

    def add_picture(self, address: str, alt: str = "") -> None:
        """Add a picture, unless the product has it already."""
        if address and address not in (known for known, _alt in self.pictures):
            self.pictures.append((address, alt))

    def group(self, notes: Notes) -> Group:
        """Return the product as rows of our own feed."""
        product = dict(self.cells)
        product["seo_title"] = product.get("seo_title", "")[:200]
        product["seo_description"] = product.get("seo_description", "")[:500]
        labels = {}
        for name, values in self.attributes.items():
            slug = filter_name(make_slug(name)[:50])
            labels[slug] = clean_text(name)[:60]
            product[ATTRIBUTE + slug] = join_cell(self._short(name, values, notes))
        product["images"] = join_cell(full_address(address, notes) for address, _alt in self.pictures)
        product["image_alts"] = join_cell(alt for _address, alt in self.pictures)
        rows = [self._row(line, {**product, **cells}, notes) for line, cells in self.variants]
        slug = self.cells["product"]
        if slug in notes.slugs:  # two products of one name
            slug = f"{slug[:150]}-{make_slug(self.key)[:40]}"
        notes.slugs.add(slug)
        return Group(slug, rows, labels, "" if self.has_handle else make_slug(self.key)[:40])

    def _short(self, name: str, values: list[str], notes: Notes) -> list[str]:
        """Return the values that fit, and report the others."""
        for value in values:
            if len(value) > MAX_VALUE:
                sentence = _("A value of “%(name)s” is longer than %(limit)d characters and was left out.")
                notes.warn(self.line, sentence % {"name": name, "limit": MAX_VALUE})
        return [value for value in values if len(value) <= MAX_VALUE]

    def _row(self, line: int, cells: dict[str, str], notes: Notes) -> Row:
        if cells.get(STOCK_IF_NEW):
            cells[STOCK_IF_NEW] = str(notes.stock_if_new)
            if not notes.stock_if_new:
                notes.warn_once(
                    line, _("The product is in stock, but the file names no number. Choose one (--stock).")
                )
        return Row(line, {name: _clean(name, cell) for name, cell in cells.items()})


def full_address(name: str, notes: Notes) -> str:
    """Return the address of a picture. Names of files follow the address that was given for the import, if any."""
    if name.startswith("//"):
        return f"https:{name}"
    if notes.picture_base and not name.lower().startswith(("http://", "https://")):
        return urljoin(notes.picture_base.rstrip("/") + "/", quote(name.lstrip("/")))
    return name


def slug_for(handle: str, title: str) -> str:
    """Return the handle if it is a slug, or else a slug of it or of the title."""
    return handle if SLUG.fullmatch(handle) and len(handle) <= 200 else make_slug(handle or title)[:200]


def option(name: str) -> str:
    """Return the column of an option."""
    return OPTION + clean_text(name)


def describe(draft: Draft, text: str, notes: Notes) -> None:
    """Set the description, with its structure if it is HTML. Raises InvalidRow."""
    text = without_data(text)
    if len(text) > MAX_HTML:
        raise InvalidRow(
            _("The description has %(length)d characters. At most %(limit)d are allowed.")
            % {"length": len(text), "limit": MAX_HTML}
        )
    if not is_html(text):
        draft.cells |= {"description": text, "description_html": ""}
        return
    if media := count_media(text):
        notes.warn(draft.line, _("Pictures and videos inside the description were left out: %(number)d.")
                   % {"number": media})  # fmt: skip
    html = clean_html(text)
    plain = html_text(html)
    if len(html) > MAX_DESCRIPTION:
        notes.warn(draft.line, _("The description is too long for its structure; only its text was imported."))
        html = ""
    draft.cells |= {"description": plain, "description_html": html}


def read_price(cell: str, column: str) -> str:
    """Return an amount such as “1.299,00 €” or “12.50 EUR” as 12.50. Raises InvalidRow."""
    if not cell:
        return ""
    currency = _currency(cell)
    if currency not in ("", shop_currency()):
        raise InvalidRow(
            _("The %(column)s “%(cell)s” is in %(currency)s, but the shop sells in %(own)s. Convert the prices first.")
            % {"column": column, "cell": cell[:MAX_NUMBER], "currency": currency, "own": shop_currency()}
        )
    return _plain(read_number(cell, column))


def read_number(cell: str, column: str) -> Decimal:
    """Return the number of a cell, with comma or point and any unit. Raises InvalidRow."""
    found = AMOUNT.search(cell)
    try:
        if found is None or len(cell) > 2 * MAX_NUMBER or not cell.isprintable():
            raise InvalidOperation
        return Decimal(_with_point(re.sub(r"['’\s]", "", found[0])))
    except InvalidOperation as error:
        facts = {"column": column, "cell": cell[:MAX_NUMBER]}
        raise InvalidRow(_("The %(column)s “%(cell)s” is not a number such as 24.00.") % facts) from error


def read_stock(cell: str, line: int, notes: Notes) -> str:
    """Return the units on hand: of fractions and negative numbers what can be sold, with a warning."""
    if not cell:
        return ""
    try:
        number = read_number(cell, "stock")
    except InvalidRow as refused:
        notes.warn(line, _("%(reason)s The stock was left out.") % {"reason": refused})
        return ""
    units = max(0, int(number))
    if units != number:
        sentence = _("The stock “%(cell)s” was imported as %(units)d.")
        notes.warn(line, sentence % {"cell": cell[:MAX_NUMBER], "units": units})
    return str(units)


def read_weight(cell: str, unit: str, line: int, notes: Notes) -> str:
    """Return a weight in whole grams. The cell may name its unit itself."""
    if not cell:
        return ""
    own = re.search(r"[a-z]+$", cell.strip().casefold())
    factor = GRAMS.get(own[0] if own else unit.casefold())
    try:
        grams = int(read_number(cell, "weight") * Decimal(factor or 0) + Decimal("0.5"))
    except InvalidRow:
        factor = None
    if factor is None or grams < 0:
        notes.warn(line, _("The weight “%(cell)s” was left out.") % {"cell": cell[:MAX_NUMBER]})
        return ""
    return str(grams)


def regular_price(cells: dict[str, str], line: int, notes: Notes) -> None:
    """Leave out a compare-at price that is not higher than the price, as many exports have it."""
    regular, price = cells.get("compare_at_price", ""), cells.get("price", "")
    try:
        if not regular or Decimal(regular) > Decimal(price or 0):
            return
    except InvalidOperation:
        return
    if Decimal(regular) not in (0, Decimal(price or 0)):
        sentence = _("The regular price %(regular)s is not higher than the price and was left out.")
        notes.warn(line, sentence % {"regular": regular})
    cells["compare_at_price"] = ""


def rows_or_problems(sources: Iterable[Source], notes: Notes, read: Callable[[Source], None]) -> None:
    """Read each row, and report those that cannot be read."""
    for source in sources:
        try:
            read(source)
        except InvalidRow as refused:
            notes.on_problem(source.line, str(refused))


def split_list(cell: str, separator: str = ",") -> list[str]:
    """Split a cell at separators that no backslash precedes."""
    parts = re.split(rf"(?<!\\){re.escape(separator)}", cell)
    return [part for each in parts if (part := each.replace(f"\\{separator}", separator).strip())]


def deepest(paths: Iterable[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Return the longest path, the first of several, and the others that do not lead to it."""
    found = [path for path in paths if path]
    chosen: list[str] = max(found, key=len, default=[])
    return chosen, [path for path in found if path != chosen and path != chosen[: len(path)]]


def category_cell(path: Iterable[str]) -> str:
    """Return the path as a cell of ours."""
    return join_cell(path, ">")


def number_columns(name: str, cells: Mapping[str, str]) -> Iterator[int]:
    """Yield the numbers of columns such as “attribute 1 name”, where `name` is “attribute {} name”."""
    number = 1
    while name.format(number) in cells:
        yield number
        number += 1


def _clean(name: str, cell: str) -> str:
    return clean_lines(cell) if name in TEXTS else clean_text(cell)


def _currency(cell: str) -> str:
    code = re.search(r"\b[A-Z]{3}\b", cell)
    return code[0] if code else next((SYMBOLS[sign] for sign in SYMBOLS if sign in cell), "")


def _with_point(number: str) -> str:
    """Return the number with a decimal point only: the last separator, unless it groups thousands."""
    number = number.rstrip(".,")
    last = max(number.rfind("."), number.rfind(","))
    if last < 0:
        return number
    whole, fraction = number[:last], number[last + 1 :]
    is_grouping = number.count(number[last]) > 1 or (
        number[last] == "," and len(fraction) == 3 and "." not in whole and whole.strip("+-0") != ""
    )
    digits = re.sub("[.,]", "", whole)
    return f"{digits}{fraction}" if is_grouping else f"{digits}.{fraction}"


def _plain(amount: Decimal) -> str:
    """Return the amount without zeros beyond the smallest coin: 34.0000 is 34.00."""
    try:
        rounded = amount.quantize(quantum(shop_currency()))
    except InvalidOperation:
        return str(amount)
    return f"{rounded if rounded == amount else amount:f}"
