"""System checks for the configured network and the model that moderates pictures."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from visualsearch.embedding.card import BadCard, check_files
from visualsearch.moderation import open_nsfw, unsafe
from visualsearch.networks import registry


@register
def network_is_usable(**kwargs: Any) -> list[CheckMessage]:
    try:
        check_files(registry.named_card())
    except BadCard as error:
        hint = "Set VISUALSEARCH_NETWORK to the path of a network's card, or leave it empty for the default network."
        return [Error(str(error), hint=hint, id="visualsearch.E001")]
    return []


@register
def unsafe_model_is_usable(**kwargs: Any) -> list[CheckMessage]:
    path = settings.MODERATION_UNSAFE
    if settings.MODERATION == "off" or not path:
        return []
    try:
        if import_string(path) is unsafe.open_nsfw:
            open_nsfw.find()
    except (ImportError, open_nsfw.BadModel) as error:
        hint = "Set MODERATION_UNSAFE to the dotted path of a function, or leave it empty to check nothing."
        return [Error(str(error), hint=hint, id="visualsearch.E002")]
    return []
