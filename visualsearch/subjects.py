"""What a search is made with: photos, the vector of one, an earlier search, or products of the shop."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image

from catalog.models import ProductQuerySet
from catalog.pictures.checking import PictureRefused
from catalog.pictures.decoding import Encoded
from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.examples import Example, examples
from visualsearch.forms import SearchRefused
from visualsearch.mixing import mean_of, shifted
from visualsearch.models import Network
from visualsearch.moderation.searches import may_search_with
from visualsearch.networks import loading, serving, split
from visualsearch.photo import THUMBNAIL_SIDE, Item, Photo, PhotoEmbedding, embed_photo, find_items
from visualsearch.regions.boxes import ITEMS_SIDE


@dataclass(frozen=True)
class Subject:
    """`embedding` is what `look` repeats; `query` is what is searched with, moved towards or away from products.

    `region` is the part of the photo. `product_id` is the product that others should be like. It is not a result, nor
    are others in `left_out`. `items` are the things in the photo, which are looked for beside the search.

    Photos themselves are not kept: responses of the API are reference cycles, whose memory is freed late.
    """

    embedding: PhotoEmbedding
    query: PhotoEmbedding
    is_new: bool = False
    region: Region = WHOLE
    thumbnail: Image.Image | None = None
    cookie: str | None = None
    product_id: int | None = None
    left_out: frozenset[int] = frozenset()
    items: Future[tuple[Item, ...]] | None = None

    def with_items(self) -> "Subject":
        """Wait for the things in the photo, and add them to the embedding."""
        if self.items is None:
            return self
        return replace(self, embedding=replace(self.embedding, items=self.items.result()), items=None)


def read_subject(
    fields: Mapping[str, Any], visitor: split.Visitor, products: ProductQuerySet, *, with_thumbnail: bool
) -> Subject:
    """Return the subject of a valid PhotoForm. `products` may be named in it. Raises SearchRefused."""
    if fields["photo"]:
        found = _read_photos(fields["photo"], fields["region"], visitor, with_thumbnail=with_thumbnail)
    elif embedding := fields["vector"] or fields["look"]:
        region = fields["region"] if fields["region"] != WHOLE else embedding.searched
        found = Subject(embedding, embedding, is_new=bool(fields["vector"]), region=region)
    else:
        return _read_products(fields, products)
    network = found.embedding.network
    known = examples([*fields["more"], *fields["less"]], products, network)
    query = shifted(found.embedding, _of(fields["more"], known), _of(fields["less"], known))
    return replace(found, query=query, left_out=_keys(fields["less"], known))


def _read_photos(
    photos: Sequence[Encoded], region: Region, visitor: split.Visitor, *, with_thumbnail: bool
) -> Subject:
    """Embed the photos one after the other, so that only one is in memory."""
    thumbnail, items, embeddings = None, None, []
    try:
        choice = split.choose(serving.current(), visitor)
        for encoded in photos:
            if len(photos) == 1 and region == WHOLE:
                photo = Photo.decode(encoded, choice.network, at_least=ITEMS_SIDE)
                items = _find_items(photo, choice.network, with_vectors=with_thumbnail)
            else:
                photo = Photo.decode(encoded, choice.network, region)
            embeddings.append(embed_photo(photo, choice.network))
            if not may_search_with(photo.image):
                raise PictureRefused("photo_not_searched", _("We cannot search with this photo. Try another one."))
            if with_thumbnail and thumbnail is None:
                thumbnail = photo.shrunk(THUMBNAIL_SIDE)
            del photo  # up to 60 MB
    except PictureRefused as refused:
        raise SearchRefused(refused.code, _numbered(refused.detail, len(embeddings) + 1, len(photos))) from refused
    except ValidationError as error:
        raise SearchRefused(str(error.code), str(error.message)) from error
    embedding = embeddings[0] if len(embeddings) == 1 else mean_of(embeddings)
    found = Subject(embedding, embedding, is_new=True, region=region, thumbnail=thumbnail, cookie=choice.cookie)
    return replace(found, items=items)


def _find_items(photo: Photo, network: Network, *, with_vectors: bool) -> Future[tuple[Item, ...]]:
    """Start to look for the things in the photo in a thread, which ends with this work."""
    loading.embedder(network)  # may need the database, which threads share with nobody
    executor = ThreadPoolExecutor(1, thread_name_prefix="items")
    found = executor.submit(find_items, photo, network, with_vectors=with_vectors)
    executor.shutdown(wait=False)
    return found


def _numbered(sentence: str, number: int, total: int) -> str:
    """Name the photo that is refused, if there are several."""
    return sentence if total == 1 else _("Photo %(number)d: %(sentence)s") % {"number": number, "sentence": sentence}


def _read_products(fields: Mapping[str, Any], products: ProductQuerySet) -> Subject:
    network: Network = serving.live()
    known = examples([*filter(None, [fields["like"]]), *fields["more"], *fields["less"]], products, network)
    more, less = _of(fields["more"], known), _of(fields["less"], known)
    base = [known[fields["like"]].embedding] if fields["like"] in known else more
    if not base or (fields["like"] and fields["like"] not in known):
        sentence = _("This product is not sold here, or has no picture to compare yet. Search with a photo instead.")
        raise SearchRefused("product_unknown", sentence, 404)
    embedding, left_out = mean_of(base), _keys([fields["like"], *fields["less"]], known)
    product = known[fields["like"]].product_id if fields["like"] else None
    return Subject(embedding, shifted(embedding, more, less), product_id=product, left_out=left_out)


def _of(slugs: Sequence[str], known: Mapping[str, Example]) -> list[PhotoEmbedding]:
    return [known[slug].embedding for slug in slugs if slug in known]


def _keys(slugs: Sequence[str], known: Mapping[str, Example]) -> frozenset[int]:
    return frozenset(known[slug].product_id for slug in slugs if slug in known)
