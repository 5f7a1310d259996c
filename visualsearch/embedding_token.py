"""The embedding of a photo as a short signed string, for URLs and hidden fields.

Filters, sorting, the back button and bookmarks repeat a photo search with it by GET, so the photo is neither stored
nor sent again. A token is valid for the network that computed the embedding.
"""

import base64
import binascii
from collections.abc import Iterable

import numpy as np
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _

from visualsearch.embedding.colours import SIZE, Colours
from visualsearch.embedding.vectors import unit_vectors
from visualsearch.models import Network
from visualsearch.photo import PhotoEmbedding

_HASH_BYTES = 6  # of the network's hash: enough to tell the networks of one shop apart
_signer = Signer(salt="visualsearch.look")


def write_token(embedding: PhotoEmbedding) -> str:
    """Return about 800 characters for 256 dimensions, in half precision like the table.

    The colours follow the vector, if the photo's are known: one byte each.
    """
    data = bytes.fromhex(embedding.network.sha256)[:_HASH_BYTES] + embedding.vector.astype("<f2").tobytes()
    if embedding.colours is not None:
        data += np.rint(embedding.colours * 255).astype(np.uint8).tobytes()
    return _signer.sign(base64.urlsafe_b64encode(data).decode().rstrip("="))


def read_token(text: str, networks: Iterable[Network]) -> PhotoEmbedding:
    """Return the embedding, if one of these networks computed it.

    Raises ValidationError with code look_invalid, or look_outdated for another network.
    """
    try:
        encoded = _signer.unsign(text)
        data = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (BadSignature, binascii.Error, ValueError) as error:
        raise ValidationError(
            _("This search address is damaged. Search with the photo again."), code="look_invalid"
        ) from error
    for network in networks:
        if data[:_HASH_BYTES] == bytes.fromhex(network.sha256)[:_HASH_BYTES]:
            end = _HASH_BYTES + 2 * network.dimensions
            vector = np.frombuffer(data[_HASH_BYTES:end], dtype="<f2").astype(np.float32)
            return PhotoEmbedding(vector, network, _read_colours(data[end:]))
    raise ValidationError(
        _("Photo search has been updated since this search. Search with the photo again."), code="look_outdated"
    )


def _read_colours(data: bytes) -> Colours | None:
    return unit_vectors(np.frombuffer(data, dtype=np.uint8).astype(np.float32)) if len(data) == SIZE else None
