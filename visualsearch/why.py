"""Why this? Where a photo and a picture of a product are alike: both as heat maps, and in words.

The photo is small, comes with the question and is held in memory only, like that of a search.
"""

import base64
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image

from catalog.models import ProductImage
from catalog.pictures.checking import PictureRefused, decode
from visualsearch.embedding.heat import Floats, heat, overlay, spread
from visualsearch.embedding.preprocess import WHOLE, Region, decode_side, seen_box
from visualsearch.looks import Look, Vector
from visualsearch.models import ImageEmbedding
from visualsearch.networks import loading

SHOWN = 400  # pixels of the long side
STANDS_OUT = 0.2  # of the heat, in one ninth of a picture: evenly spread, no ninth that is seen has more than 0.15
PLACES = (
    (gettext_lazy("upper left"), gettext_lazy("upper middle"), gettext_lazy("upper right")),
    (gettext_lazy("middle left"), gettext_lazy("middle"), gettext_lazy("middle right")),
    (gettext_lazy("lower left"), gettext_lazy("lower middle"), gettext_lazy("lower right")),
)


class CannotSayWhy(Exception):
    """There is no heat map: of this picture, or by this network. The message is a sentence fit for a customer."""


@dataclass(frozen=True)
class HeatMap:
    """A picture with what is alike marked: as a `data:` address with its size in pixels, and where it is in words."""

    source: str
    width: int
    height: int
    place: str


@dataclass(frozen=True)
class Reason:
    """Why a picture was found: both heat maps (the photo's where the photo was sent), and how alike they are."""

    product: HeatMap
    photo: HeatMap | None
    score: float
    likeness: str


def explain(look: Look, image: ProductImage, photo: bytes | None = None, region: Region = WHOLE) -> Reason:
    """Where the picture is like the look, and the photo like the picture. Raises CannotSayWhy and PictureRefused.

    `region` is the part of the photo that was searched with.
    """
    known = ImageEmbedding.objects.filter(image=image, network=look.network, vector__isnull=False).first()
    if known is None:
        raise CannotSayWhy(_("The shop has not looked at this picture yet."))
    vector = np.asarray(known.vector, dtype=np.float32)
    score = float(look.vector @ vector)
    of_product = _map_of_stored(image, look)
    of_photo = None if photo is None else _heat_map(photo, Look(vector, look.network), region)
    return Reason(of_product, of_photo, score, likeness(score, loading.card(look.network).match_threshold))


def likeness(score: float, threshold: float) -> str:
    """A cosine in words, by the score below which a network's best result is probably not the thing on the photo."""
    if score < threshold:
        return _("a little alike")
    return _("very much alike") if score >= (1 + threshold) / 2 else _("alike")


def place_of(warmth: Floats) -> str:
    """Where heat (height, width) lies, in words."""
    height, width = warmth.shape
    rows = np.add.reduceat(warmth, [0, height // 3, height * 2 // 3], axis=0)
    ninths = np.add.reduceat(rows, [0, width // 3, width * 2 // 3], axis=1)
    total = float(ninths.sum())
    if total <= 0:
        return _("nowhere in particular")
    row, column = divmod(int(ninths.argmax()), 3)
    if ninths[row, column] < STANDS_OUT * total:
        return _("spread over the picture")
    return _("mostly the %(place)s") % {"place": PLACES[row][column]}


def _map_of_stored(image: ProductImage, look: Look) -> HeatMap:
    try:
        with image.file.open("rb") as file:
            return _heat_map(file.read(), look, WHOLE)
    except (OSError, PictureRefused) as error:
        raise CannotSayWhy(_("This picture cannot be read at the moment.")) from error


def _heat_map(data: bytes, wanted: Look, region: Region) -> HeatMap:
    embedder = loading.embedder(wanted.network)
    side = max(SHOWN, decode_side(embedder.card, region))
    picture = decode(data, (side, side))
    try:
        contributed = embedder.contributions(picture, _unit(wanted.vector), region)
    except ValueError as error:
        raise CannotSayWhy(_("The network that looks at photos now cannot say why.")) from error
    picture.thumbnail((SHOWN, SHOWN), Image.Resampling.BILINEAR)
    warmth = spread(heat(contributed), seen_box(picture.size, embedder.card, region), picture.size, region)
    file = BytesIO()
    overlay(picture, warmth).save(file, "JPEG", quality=80)
    source = f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
    return HeatMap(source, *picture.size, place_of(warmth))


def _unit(vector: Vector) -> Vector:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float32)
