"""What the page of results shows besides the products: filters with counts, chips and links that change the search."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.facets import Facet
from catalog.forms import ProductFilterForm
from catalog.listing import list_products
from catalog.models import Product
from visualsearch.answers import Answer
from visualsearch.changes import Change, changes
from visualsearch.closeness import default_step, is_adjustable
from visualsearch.embedding.data_uris import jpeg_uri
from visualsearch.embedding_token import write_token
from visualsearch.examples import MAX_EXAMPLES
from visualsearch.forms import MAX_BY_COLOUR, PhotoForm
from visualsearch.photo import PhotoEmbedding

PAGE_SIZE = 24
MAX_PAGE = 1_000
STEP_LABELS = {
    "exact": _("Exactly this"),
    "alike": _("Like this"),
    "kind": _("Things like this"),
}
REPEATED = ("look", "item", "like", "more", "less")  # hidden fields of the filter form
TEMPORARY = ("sample", "page", "region", "csrfmiddlewaretoken")


@dataclass(frozen=True)
class Example:
    """A product that the results should be more or less like. `address` is the search without it."""

    name: str
    product: Product
    address: str


@dataclass(frozen=True)
class Step:
    """A step of the closeness."""

    name: str
    label: str | Promise
    is_chosen: bool
    is_default: bool


@dataclass(frozen=True)
class Dot:
    """A dot on the photo: an item, its place in percent of the photo, and the address that searches for it."""

    number: int
    x: float
    y: float
    left: float
    top: float
    width: float
    height: float
    address: str
    is_searched: bool


def page_number(query: QueryDict) -> int:
    text = query.get("page", "")
    return min(MAX_PAGE, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def results_context(
    request: HttpRequest, form: PhotoForm, filters: ProductFilterForm, found: Answer
) -> dict[str, Any]:
    """Return the context of the results. At most two queries besides the listing's own."""
    fields = form.cleaned_data
    liked = fields["like"] if not (fields["photo"] or fields["vector"] or fields["look"]) else ""
    look = "" if liked or _is_only_examples(fields) else _token(form, found)
    query = _repeating_query(request, form, look)
    repeated = [(name, value) for name in REPEATED for value in query.getlist(name)]
    titled = _products([*filter(None, [liked]), *fields["more"], *fields["less"]])
    context: dict[str, Any] = {
        "look": look,
        "like": titled.get(liked),
        "words": fields["q"],
        "region": form.data.get("region", "") or _region_text(found.subject.embedding),
        "dots": list(_dots(found.subject.embedding, look)),
        "item_number": found.subject.embedding.item,
        "photo_count": len(fields["photo"]),
        "results": found.results,
        "result_count": found.result_count,
        "verdict": found.verdict,
        "kind": found.kind,
        "kind_category": found.kind.find_category(filters.tree.categories) if found.kind else None,
        "photo_query": query,
        "repeated": repeated,
        "unfiltered": urlencode(repeated),
        "understood": [(each.label, _with(query, q=each.rest)) for each in found.understood],
        "examples": list(_examples(query, titled)),
        "has_room": len(fields["more"]) + len(fields["less"]) < MAX_EXAMPLES,
        "by_colour": round(fields["by_colour"] * MAX_BY_COLOUR),
        "closeness": _closeness(found.subject.query, fields["closeness"]),
    }
    if found.subject.thumbnail:
        context["thumbnail"] = jpeg_uri(found.subject.thumbnail)
    return context | (_filter_context(request, filters, found, query, titled.get(liked)) if filters.is_valid() else {})


def _filter_context(
    request: HttpRequest, filters: ProductFilterForm, found: Answer, query: QueryDict, liked: Product | None
) -> dict[str, Any]:
    """Count over the products that are alike, not over the whole shop."""
    alike = Product.objects.visible(timezone.now()).filter(pk__in=found.alike)
    of_alike = Q(pk__in=found.alike)
    listing = list_products(alike, filters, 1, f"alike:{found.alike}", counted=of_alike, counts=found.counts)
    paginator = Paginator(range(found.result_count), PAGE_SIZE)
    return {
        "facets": listing.facets,
        "subcategories": listing.subcategories,
        "category": listing.category,
        "took_ms": found.took_ms,
        "changes": [
            (each.label, _with(query, **each.parameters)) for each in _changes(found, filters, listing.facets, liked)
        ],
        "page": paginator.get_page(page_number(request.GET)),
        "query_without_page": query.urlencode(),
    }


def _changes(
    found: Answer, filters: ProductFilterForm, facets: Sequence[Facet], liked: Product | None
) -> Sequence[Change]:
    if not found.results or found.verdict == "no_match":
        return ()
    own = [value for values in filters.values_by_attribute.values() for value in values if value.pk in found.values]
    products = [*filter(None, [liked]), *(result.product for result in found.results)]
    return changes(products, found.wish, facets, own)


def _closeness(embedding: PhotoEmbedding, chosen: str | None) -> list[Step]:
    """Return the steps to choose from, if the network has several."""
    default = default_step(is_of_product=embedding.is_of_product)
    if not is_adjustable(embedding.network):
        return []
    return [Step(name, label, name == (chosen or default), name == default) for name, label in STEP_LABELS.items()]


def _token(form: PhotoForm, found: Answer) -> str:
    """Return the token that repeats the search; a repeated search keeps its own, so all items of a photo share it."""
    is_repeated = form.cleaned_data["look"] and not found.subject.is_new
    return str(form.data["look"]).strip() if is_repeated else write_token(found.subject.embedding)


def _region_text(embedding: PhotoEmbedding) -> str:
    return ",".join(f"{value:.4f}" for value in embedding.searched) if embedding.item else ""


def _dots(embedding: PhotoEmbedding, look: str) -> Iterator[Dot]:
    """Yield the dots of items that can be searched for. Filters are left out: they were chosen for something else."""
    for number, item in enumerate(embedding.items if look else (), 1):
        if item.vector is None:
            continue
        x, y, width, height = (round(100 * value, 1) for value in item.box)
        address = f"?{urlencode({'look': look, 'item': number})}"
        centre = round(x + width / 2, 1), round(y + height / 2, 1)
        yield Dot(number, *centre, x, y, width, height, address, number == embedding.item)


def _is_only_examples(fields: dict[str, Any]) -> bool:
    return not (fields["photo"] or fields["vector"] or fields["look"] or fields["like"])


def _repeating_query(request: HttpRequest, form: PhotoForm, look: str) -> QueryDict:
    """Return the parameters that repeat this search by GET."""
    query = (request.POST if request.method == "POST" else request.GET).copy()
    for name in (*TEMPORARY, "vector", "network"):
        query.pop(name, None)
    if look:
        query.pop("like", None)
        query["look"] = look
    for name in [name for name in query if query.getlist(name) == [""]]:
        del query[name]
    return query


def _examples(query: QueryDict, products: dict[str, Product]) -> Iterator[Example]:
    for name in ("more", "less"):
        for slug in dict.fromkeys(query.getlist(name)):
            if slug in products:
                rest = query.copy()
                rest.setlist(name, [each for each in rest.getlist(name) if each != slug])
                yield Example(name, products[slug], f"?{rest.urlencode()}")


def _products(slugs: Sequence[str]) -> dict[str, Product]:
    """Load the named products with their pictures: two queries, or none without names."""
    if not slugs:
        return {}
    shown = Product.objects.visible(timezone.now()).filter(slug__in=slugs).for_cards()
    return {product.slug: product for product in shown}


def _with(query: QueryDict, **parameters: str) -> str:
    """Return the address of the search with these parameters; empty ones are left out."""
    changed = query.copy()
    for name, value in parameters.items():
        changed.pop(name, None)
        if value:
            changed[name] = value
    return f"?{changed.urlencode()}"
