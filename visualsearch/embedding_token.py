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

from visualsearch.models import Network
from visualsearch.photo import PhotoEmbedding

_HASH_BYTES = 6  # of the network's hash: enough to tell the networks of one shop apart
_signer = Signer(salt="visualsearch.look")


def write_token(embedding: PhotoEmbedding) -> str:
    """Return about 750 characters for 256 dimensions, in half precision like the table."""
    data = bytes.fromhex(embedding.network.sha256)[:_HASH_BYTES] + embedding.vector.astype("<f2").tobytes()
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
            return PhotoEmbedding(np.frombuffer(data[_HASH_BYTES:], dtype="<f2").astype(np.float32), network)
    raise ValidationError(
        _("Photo search has been updated since this search. Search with the photo again."), code="look_outdated"
    )
