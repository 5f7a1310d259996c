"""A look: what a photo looks like to the network, as a short signed text for addresses and hidden fields.

With it, filters, sorting, the back button and a bookmark repeat a photo search by GET, while the photo itself is
neither kept nor sent again. A look belongs to one network; another one could only misread it.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _

from visualsearch.models import Network

Vector = npt.NDArray[np.float32]

_IDENTITY = 6  # bytes of the network's hash: enough to tell the networks of one shop apart
_signer = Signer(salt="visualsearch.look")


@dataclass(frozen=True)
class Look:
    """What a network makes of a photo. The two travel together, so that no other network's vectors meet it."""

    vector: Vector
    network: Network


def write_look(look: Look) -> str:
    """About 750 characters for 256 dimensions: half precision, which is what the table keeps as well."""
    data = bytes.fromhex(look.network.sha256)[:_IDENTITY] + look.vector.astype("<f2").tobytes()
    return _signer.sign(base64.urlsafe_b64encode(data).decode().rstrip("="))


def read_look(text: str, networks: Iterable[Network]) -> Look:
    """The look that was written, by one of these networks.

    Raises ValidationError with code look_invalid, or look_outdated where it is another network's.
    """
    try:
        encoded = _signer.unsign(text)
        data = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (BadSignature, binascii.Error, ValueError) as error:
        raise ValidationError(
            _("This search address is damaged. Search with the photo again."), code="look_invalid"
        ) from error
    for network in networks:
        if data[:_IDENTITY] == bytes.fromhex(network.sha256)[:_IDENTITY]:
            return Look(np.frombuffer(data[_IDENTITY:], dtype="<f2").astype(np.float32), network)
    raise ValidationError(
        _("The shop has learned to see better since this search. Search with the photo again."), code="look_outdated"
    )
