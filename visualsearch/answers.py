"""The photo search behind both the page and the API."""

from dataclasses import dataclass
from time import perf_counter

from django.core.exceptions import ValidationError
from django.utils import timezone
from PIL import Image

from catalog.forms import ProductFilterForm
from catalog.models import Product
from catalog.pictures.checking import PictureRefused
from catalog.search_counts import count_photo_search
from visualsearch import search
from visualsearch.embedding.preprocess import Region
from visualsearch.forms import PhotoForm, SearchRefused
from visualsearch.models import Network
from visualsearch.networks import loading, serving, split
from visualsearch.photo import THUMBNAIL_SIDE, Photo, PhotoEmbedding, embed_photo
from visualsearch.search import Result


@dataclass(frozen=True)
class Answer:
    """The results of a photo search, best first, with the photo's thumbnail if requested.

    The photo itself is not kept: responses of the API are reference cycles, whose memory is freed late.
    """

    embedding: PhotoEmbedding
    region: Region
    results: list[Result]
    is_match: bool
    took_ms: int
    thumbnail: Image.Image | None
    cookie: str | None

    @property
    def network(self) -> Network:
        return self.embedding.network

    @property
    def verdict(self) -> str:
        return "match" if self.is_match else "no_match"


def answer(
    form: PhotoForm, filters: ProductFilterForm, visitor: split.Visitor, limit: int, *, with_thumbnail: bool = False
) -> Answer:
    """Search for the photo, vector or earlier search in the form, and count it. Raises SearchRefused.

    Invalid filters match no product. A repeated search is not counted again.
    """
    started = perf_counter()
    form.check()
    fields, thumbnail, cookie = form.cleaned_data, None, None
    embedding = fields["look"] or fields["vector"]
    if embedding is None:
        try:
            choice = split.choose(serving.current(), visitor)
            photo = Photo.decode(fields["photo"], choice.network, fields["region"])
        except PictureRefused as refused:
            raise SearchRefused(refused.code, refused.detail) from refused
        except ValidationError as error:
            raise SearchRefused(str(error.code), str(error.message)) from error
        embedding, cookie = embed_photo(photo, choice.network), choice.cookie
        thumbnail = photo.shrunk(THUMBNAIL_SIDE) if with_thumbnail else None
        del photo  # up to 60 MB
    results: list[Result] = []
    now = timezone.now()
    if filters.is_valid():
        products = filters.narrow(Product.objects.visible(now))
        results = search.by_photo(embedding, products, limit, fields["q"], filters.ordered)
    best = max((result.score for result in results), default=-1.0)
    is_match = best >= loading.card(embedding.network).match_threshold
    if not fields["look"] and filters.is_valid():
        count_photo_search(found=is_match, now=now)
        split.count(serving.cached(), embedding.network)
    took_ms = round((perf_counter() - started) * 1000)
    return Answer(embedding, fields["region"], results, is_match, took_ms, thumbnail, cookie)
