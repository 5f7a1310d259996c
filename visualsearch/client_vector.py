"""The vector of a photo that the customer's own device computed, so that the photo never leaves it."""

import base64
import binascii
from collections.abc import Iterable

import numpy as np
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from visualsearch.models import Network
from visualsearch.photo import PhotoEmbedding, Vector

MIN_NAME_LENGTH = 12  # hex digits of the network's sha256
MAX_TEXT_LENGTH = 20_000  # characters; 256 dimensions need 684 in half precision and 1,368 in single
LENGTH_TOLERANCE = 0.01  # half precision alone changes the length by less than 0.001
_TYPES = {2: "<f2", 4: "<f4"}  # little-endian types by bytes per number


def read_vector(text: str, name: str, networks: Iterable[Network]) -> PhotoEmbedding:
    """Return the unit vector of a base64 text, and the network whose hash starts with `name`.

    The text holds one little-endian float16 or float32 for each dimension of the network. Raises ValidationError with
    code network_missing, network_outdated or vector_invalid.
    """
    network = _find(name.strip().lower(), networks)
    return PhotoEmbedding(_unit_vector(_decode(text, network.dimensions), network.dimensions), network)


def _find(name: str, networks: Iterable[Network]) -> Network:
    if not name:
        raise ValidationError(
            _("The vector needs its network. Send the sha256 of the network's weights as “network”."),
            code="network_missing",
        )
    for network in networks:
        if len(name) >= MIN_NAME_LENGTH and network.sha256.startswith(name):
            return network
    raise ValidationError(
        _("This network is no longer live. Load the live network, compute the vector with it and search again."),
        code="network_outdated",
    )


def _unit_vector(data: bytes, dimensions: int) -> Vector:
    kind = _TYPES.get(len(data) // dimensions)
    if kind is None or len(data) % dimensions:
        raise _invalid(dimensions)
    vector = np.frombuffer(data, dtype=kind).astype(np.float64)
    length = float(np.linalg.norm(vector)) if np.isfinite(vector).all() else 0.0
    if abs(length - 1.0) > LENGTH_TOLERANCE:
        raise _invalid(dimensions)
    unit: Vector = (vector / length).astype(np.float32)
    return unit


def _decode(text: str, dimensions: int) -> bytes:
    plain = text.strip().rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid(dimensions) from error


def _invalid(dimensions: int) -> ValidationError:
    return ValidationError(
        _("The vector is invalid. Send %(dimensions)d numbers of unit length, as little-endian float16 or float32 in "
          "base64."),
        code="vector_invalid",
        params={"dimensions": dimensions},
    )  # fmt: skip
