"""A vector that the customer's own device computed, in place of the photo, which then never leaves the device.

Whoever sends one names the network that it was computed with: a vector of another network would be noise that looks
like an answer. Which network serves is asked here and nowhere else on the way from a device to the search.
"""

import base64
import binascii
from collections.abc import Iterable

import numpy as np
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from visualsearch.looks import Look, Vector
from visualsearch.models import Network

SHORTEST_NAME = 12  # hex digits of the network's sha256
LONGEST_TEXT = 20_000  # characters; 256 dimensions need 684 in half precision and 1,368 in single
OFF_UNIT = 0.01  # how far the length may be from 1: half precision alone moves it by less than a thousandth
_KINDS = {2: "<f2", 4: "<f4"}  # bytes a number, little-endian


def read_vector(text: str, named: str, networks: Iterable[Network]) -> Look:
    """The unit vector of a text in base64, with that of the networks which `named` begins to name.

    The text holds as many little-endian float16 or float32 numbers as that network has dimensions. Raises
    ValidationError with code network_missing, network_outdated or vector_invalid.
    """
    network = _named(named.strip().lower(), networks)
    return Look(_unit_vector(_decoded(text, network.dimensions), network.dimensions), network)


def _named(name: str, networks: Iterable[Network]) -> Network:
    if not name:
        raise ValidationError(
            _("A vector needs the name of its network: send the sha256 of its weights as well."),
            code="network_missing",
        )
    for network in networks:
        if len(name) >= SHORTEST_NAME and network.sha256.startswith(name):
            return network
    raise ValidationError(
        _("Another network serves now. Load it, compute the vector anew and search again."),
        code="network_outdated",
    )


def _unit_vector(data: bytes, dimensions: int) -> Vector:
    kind = _KINDS.get(len(data) // dimensions)
    if kind is None or len(data) % dimensions:
        raise _invalid(dimensions)
    vector = np.frombuffer(data, dtype=kind).astype(np.float64)
    length = float(np.linalg.norm(vector)) if np.isfinite(vector).all() else 0.0
    if abs(length - 1.0) > OFF_UNIT:
        raise _invalid(dimensions)
    unit: Vector = (vector / length).astype(np.float32)
    return unit


def _decoded(text: str, dimensions: int) -> bytes:
    plain = text.strip().rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid(dimensions) from error


def _invalid(dimensions: int) -> ValidationError:
    return ValidationError(
        _(
            "The vector cannot be used. Send %(dimensions)d numbers of unit length, as little-endian float16 or "
            "float32 in base64."
        ),
        code="vector_invalid",
        params={"dimensions": dimensions},
    )
