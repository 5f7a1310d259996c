"""A system check for the configured network."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from visualsearch.embedding.card import BadCard, check_files
from visualsearch.networks import registry


@register
def network_is_usable(**kwargs: Any) -> list[CheckMessage]:
    try:
        check_files(registry.named_card())
    except BadCard as error:
        hint = "Set VISUALSEARCH_NETWORK to the path of a network's card, or leave it empty for the default network."
        return [Error(str(error), hint=hint, id="visualsearch.E001")]
    return []
