"""The embedding of a photo as a short signed string, for URLs and hidden fields.

Filters, sorting, the back button and bookmarks repeat a photo search with it by GET, so the photo is neither stored
nor sent again. A token is valid for the network that computed the embedding.

If the photo shows several things, they follow, so that a link can search for one of them: for each a box, a score, a
vector and colours, with one byte a number. Five things make a token of 2,900 characters, which fits into an address;
cosines change by less than 0.0001.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator

import numpy as np
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _

from visualsearch.embedding.colours import SIZE, Colours
from visualsearch.embedding.preprocess import Region
from visualsearch.embedding.vectors import unit_vectors
from visualsearch.models import Network
from visualsearch.photo import Item, PhotoEmbedding

_HASH_BYTES = 6  # of the network's hash: enough to tell the networks of one shop apart
_PLACE_BYTES = 5  # of an item: its box and score, one byte each
_signer = Signer(salt="visualsearch.look", sep=".")  # as it is in addresses, too
_former_signer = Signer(salt="visualsearch.look")  # of addresses that customers have kept


def write_token(embedding: PhotoEmbedding) -> str:
    """Return about 800 characters for 256 dimensions, in half precision like the table.

    The colours follow the vector, if the photo's are known: one byte each. Items that can be searched for follow.
    """
    data = bytes.fromhex(embedding.network.sha256)[:_HASH_BYTES] + embedding.vector.astype("<f2").tobytes()
    if embedding.colours is not None:
        data += _colour_bytes(embedding.colours)
        data += b"".join(_item_bytes(item) for item in embedding.items)
    return _signer.sign(base64.urlsafe_b64encode(data).decode().rstrip("="))


def read_token(text: str, networks: Iterable[Network]) -> PhotoEmbedding:
    """Return the embedding, if one of these networks computed it.

    Raises ValidationError with code look_invalid, or look_outdated for another network.
    """
    try:
        encoded = (_signer if _signer.sep in text else _former_signer).unsign(text)
        data = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (BadSignature, binascii.Error, ValueError) as error:
        raise ValidationError(
            _("This search address is damaged. Search with the photo again."), code="look_invalid"
        ) from error
    for network in networks:
        if data[:_HASH_BYTES] == bytes.fromhex(network.sha256)[:_HASH_BYTES]:
            end = _HASH_BYTES + 2 * network.dimensions
            vector = np.frombuffer(data[_HASH_BYTES:end], dtype="<f2").astype(np.float32)
            colours, items = data[end : end + SIZE], data[end + SIZE :]
            return PhotoEmbedding(
                vector, network, _read_colours(colours), items=tuple(_read_items(items, network.dimensions))
            )
    raise ValidationError(
        _("Photo search has been updated since this search. Search with the photo again."), code="look_outdated"
    )


def _item_bytes(item: Item) -> bytes:
    if item.vector is None or item.colours is None:
        return b""
    place = np.rint(np.clip([*item.box, item.score], 0, 1) * 255).astype(np.uint8).tobytes()
    numbers = np.rint(item.vector * (127 / np.abs(item.vector).max())).astype(np.int8)  # the length is known: 1
    return bytes(place + numbers.tobytes() + _colour_bytes(item.colours))


def _read_items(data: bytes, dimensions: int) -> Iterator[Item]:
    length = _PLACE_BYTES + dimensions + SIZE
    for start in range(0, len(data), length):
        item = data[start : start + length]
        end = _PLACE_BYTES + dimensions
        numbers = np.frombuffer(item[_PLACE_BYTES:end], dtype=np.int8).astype(np.float32)
        yield Item(*_read_place(item[:_PLACE_BYTES]), unit_vectors(numbers), _read_colours(item[end:]))


def _read_place(data: bytes) -> tuple[Region, float]:
    """Return a box, which rounding must not move beyond the photo, and its score."""
    x, y, width, height, score = (value / 255 for value in data)
    return Region(x, y, min(width, 1 - x), min(height, 1 - y)), score


def _colour_bytes(colours: Colours) -> bytes:
    return np.rint(colours * 255).astype(np.uint8).tobytes()


def _read_colours(data: bytes) -> Colours | None:
    return unit_vectors(np.frombuffer(data, dtype=np.uint8).astype(np.float32)) if len(data) == SIZE else None
