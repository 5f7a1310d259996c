"""Says before the first visitor does that the network in the settings cannot be used."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from visualsearch.embedding.card import BadCard, check_files
from visualsearch.networks import registry


@register
def network_is_usable(**kwargs: Any) -> list[CheckMessage]:
    """The card is there, and the files beside it are the ones that it describes."""
    try:
        check_files(registry.named_card())
    except BadCard as error:
        hint = (
            "VISUALSEARCH_NETWORK is the path to a network's card; empty, it is the network that the shop comes with."
        )
        return [Error(str(error), hint=hint, id="visualsearch.E001")]
    return []
