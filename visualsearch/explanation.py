"""“Why this?”: where a photo and a product's picture look alike, as heat maps and in words.

The thumbnail of the photo comes with the request and is held in memory only.
"""

from dataclasses import dataclass, replace

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import ProductImage
from catalog.pictures.checking import PictureRefused, open_picture
from catalog.pictures.decoding import Encoded
from visualsearch.embedding.data_uris import jpeg_uri
from visualsearch.embedding.heat import Floats, heat, overlay, spread
from visualsearch.embedding.preprocess import WHOLE, Region, input_box
from visualsearch.embedding.vectors import unit_vectors
from visualsearch.models import ImageEmbedding
from visualsearch.networks import loading, serving
from visualsearch.photo import Photo, PhotoEmbedding
from visualsearch.query_map import make_probe, seen_from

MAP_SIDE = 400  # pixels of the long side
MIN_SHARE = 0.2  # of the heat, in one ninth of a picture; if it is spread evenly, no ninth has more than 0.15
PLACES = (
    (gettext_lazy("upper left"), gettext_lazy("upper middle"), gettext_lazy("upper right")),
    (gettext_lazy("middle left"), gettext_lazy("middle"), gettext_lazy("middle right")),
    (gettext_lazy("lower left"), gettext_lazy("lower middle"), gettext_lazy("lower right")),
)


class CannotExplain(Exception):
    """There is no heat map for this picture or network. The message is a sentence for customers."""


@dataclass(frozen=True)
class HeatMap:
    """A picture with its similar parts marked: a `data:` URI, the size in pixels, and the place in words."""

    source: str
    width: int
    height: int
    place: str


@dataclass(frozen=True)
class Reason:
    """The heat maps of a result (the photo's only if it was sent), and how similar both pictures are."""

    product: HeatMap
    photo: HeatMap | None
    score: float
    likeness: str


def explain(
    embedding: PhotoEmbedding, image: ProductImage, photo: Encoded | None = None, region: Region = WHOLE
) -> Reason:
    """Compare the picture with the embedding, and the crop of the photo with the picture.

    Raises CannotExplain, and PictureRefused for the photo.
    """
    network = embedding.network
    row = ImageEmbedding.objects.filter(image=image, network=network, vector__isnull=False).first()
    if row is None:
        raise CannotExplain(_("This picture is not in the photo search yet."))
    vector = np.asarray(row.vector, dtype=np.float32)
    probe = make_probe(embedding)
    score = probe.score(vector)
    of_product = _map_of_picture(image, replace(embedding, vector=probe.vector))
    of_photo = None
    if photo is not None:
        of_photo = _heat_map(photo, PhotoEmbedding(seen_from(vector, embedding), network), region)
    return Reason(of_product, of_photo, score, likeness(score, loading.card(network).match_threshold))


def alike_parts(image: ProductImage, other: ProductImage) -> HeatMap:
    """Mark the parts of a picture that make it look like another one of the shop. Raises CannotExplain."""
    network = serving.live()
    row = ImageEmbedding.objects.filter(image=other, network=network, vector__isnull=False).first()
    if row is None:
        raise CannotExplain(_("This picture is not in the photo search yet."))
    return _map_of_picture(image, PhotoEmbedding(np.asarray(row.vector, dtype=np.float32), network))


def likeness(score: float, threshold: float) -> str:
    """Put a score into words, relative to the network's threshold for a match."""
    if score < threshold:
        return _("slightly alike")
    return _("very much alike") if score >= (1 + threshold) / 2 else _("alike")


def place_of(warmth: Floats) -> str:
    """Describe in words where the heat (height, width) is."""
    height, width = warmth.shape
    rows = np.add.reduceat(warmth, [0, height // 3, height * 2 // 3], axis=0)
    ninths = np.add.reduceat(rows, [0, width // 3, width * 2 // 3], axis=1)
    total = float(ninths.sum())
    if total <= 0:
        return _("nowhere in particular")
    row, column = divmod(int(ninths.argmax()), 3)
    if ninths[row, column] < MIN_SHARE * total:
        return _("all over the picture")
    return _("mostly %(place)s") % {"place": PLACES[row][column]}


def _map_of_picture(image: ProductImage, embedding: PhotoEmbedding) -> HeatMap:
    try:
        with image.file.open("rb") as file:
            return _heat_map(open_picture(file.read()), embedding, WHOLE)
    except (OSError, PictureRefused) as error:
        raise CannotExplain(_("This picture cannot be read at the moment.")) from error


def _heat_map(encoded: Encoded, embedding: PhotoEmbedding, region: Region) -> HeatMap:
    """Mark the parts of the picture that make it similar to the embedding."""
    embedder = loading.embedder(embedding.network)
    photo = Photo.decode(encoded, embedding.network, region, MAP_SIDE)
    try:
        contributions = embedder.contributions(photo.image, unit_vectors(embedding.vector), region)
    except ValueError as error:
        raise CannotExplain(_("The network of this photo search cannot show where pictures look alike.")) from error
    shown = photo.shrunk(MAP_SIDE)
    warmth = spread(heat(contributions), input_box(shown.size, embedder.card, region), shown.size, region)
    return HeatMap(jpeg_uri(overlay(shown, warmth)), *shown.size, place_of(warmth))
