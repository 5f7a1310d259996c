"""The search by photo, or by products of the shop, behind both the page and the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter

from django.utils import timezone

from catalog.facets import Counts
from catalog.forms import ORDERS, ProductFilterForm
from catalog.models import Product, ProductQuerySet
from catalog.search import Understood
from catalog.search_counts import count_photo_search
from visualsearch import search
from visualsearch.embedding.preprocess import Region
from visualsearch.forms import PhotoForm
from visualsearch.likely_kind import LikelyKind, likely_kind
from visualsearch.matches import Matches, Ranking
from visualsearch.models import Network
from visualsearch.networks import serving, split
from visualsearch.search import Arrange, Result
from visualsearch.subjects import Subject, read_subject
from visualsearch.wishes import Wish, read_wish


@dataclass(frozen=True)
class Answer:
    """A page of the results, best first.

    `alike` holds the keys of all products that are alike, whatever the filters. `counts` counts them, unless there are
    filters. `values` holds the keys of the attribute values of the product searched with, or else of the best result.
    """

    subject: Subject
    wish: Wish
    matches: Matches
    results: list[Result]
    alike: list[int]
    counts: Counts | None
    values: Sequence[int]
    took_ms: int

    @cached_property
    def kind(self) -> LikelyKind | None:
        """The kind of goods that a photo shows, if nothing sold here is like it."""
        if self.verdict != "no_match" or self.subject.embedding.is_of_product:
            return None
        return likely_kind(self.subject.embedding.vector, self.network)

    @property
    def network(self) -> Network:
        return self.subject.embedding.network

    @property
    def region(self) -> Region:
        """The part of the photo that was searched with: the crop, the item, or all of it."""
        return self.subject.region

    @property
    def verdict(self) -> str:
        return self.matches.verdict

    @property
    def understood(self) -> Sequence[Understood]:
        return self.wish.understood

    @property
    def result_count(self) -> int:
        return len(self.matches.hits)


def answer(
    form: PhotoForm,
    filters: ProductFilterForm,
    visitor: split.Visitor,
    limit: int,
    *,
    page: int = 1,
    with_thumbnail: bool = False,
) -> Answer:
    """Search for the photos, vector, products or earlier search in the form, and count it. Raises SearchRefused.

    Invalid filters match no product. A repeated search is not counted again.
    """
    started, now = perf_counter(), timezone.now()
    form.check()
    fields, visible = form.cleaned_data, Product.objects.visible(now)
    subject = read_subject(fields, visitor, visible, with_thumbnail=with_thumbnail)
    wish = read_wish(fields["q"])
    ranking = Ranking(subject.query, wish, fields["by_colour"], subject.left_out, fields["closeness"])
    everything = ranking.find(visible)
    matches = _narrowed(ranking, everything, visible, filters)
    shown = slice((page - 1) * limit, page * limit)
    results = search.results_of(matches.hits, _order(filters, wish), shown)
    if subject.is_new and filters.is_valid():
        count_photo_search(found=matches.verdict == "match", now=now)
        split.count(serving.cached(), subject.embedding.network)
    subject = subject.with_items()
    took_ms = round((perf_counter() - started) * 1000)
    alike = [hit.product_id for hit in everything.hits]
    shown_first = results[0].product.pk if results else None
    values = ranking.values_of(subject.product_id or shown_first)
    counts = None if filters.is_narrowed else ranking.counts_of(everything.hits)
    return Answer(subject, wish, matches, results, alike, counts, values, took_ms)


def _narrowed(ranking: Ranking, everything: Matches, products: ProductQuerySet, filters: ProductFilterForm) -> Matches:
    """Search again where the filters leave, so that products beyond the first MAX_ALIKE are found too."""
    if not filters.is_valid():
        return Matches([], everything.level)
    return ranking.find(filters.narrow(products), everything.level) if filters.is_narrowed else everything


def _order(filters: ProductFilterForm, wish: Wish) -> Arrange | None:
    """Return the sort order that was chosen, or else the one that the words ask for."""
    if not filters.is_valid():
        return None
    asked = "price" if wish.query.is_cheap else "-price" if wish.query.is_expensive else ""
    chosen = filters.cleaned_data["sort"] or asked
    return (lambda products: products.order_by(*ORDERS[chosen][1])) if chosen in ORDERS else None
