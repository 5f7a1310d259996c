"""Says with an answer which network gave it: in a header and in the log; and lets the visitor keep it by a cookie."""

import logging
from typing import TypeVar

from django.conf import settings
from django.http import HttpResponse
from rest_framework.response import Response

from visualsearch.models import Network
from visualsearch.networks.split import COOKIE, COOKIE_AGE, Choice

HEADER = "Semblance-Network"

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer", HttpResponse, Response)


def say_who_answered(response: Answer, network: Network) -> Answer:
    """The answer with the header; the log says it at level INFO, and nothing of the visitor."""
    response.headers[HEADER] = network.identity
    logger.info("A photo search was answered by %s.", network.identity)
    return response


def keep_choice(response: Answer, choice: Choice) -> Answer:
    """The answer with the cookie of a visitor of a split; without one, none."""
    if choice.mark is not None:
        response.set_cookie(
            COOKIE, choice.mark, COOKIE_AGE, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    return response
