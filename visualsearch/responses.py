"""Additions to every photo search response, from the page and the API: a header, a cookie and a log line."""

import logging
from typing import TypeVar

from django.conf import settings
from django.http import HttpResponse
from rest_framework.response import Response

from visualsearch.models import Network
from visualsearch.networks.split import COOKIE, COOKIE_AGE

HEADER = "Semblance-Network"

logger = logging.getLogger(__name__)
AnyResponse = TypeVar("AnyResponse", HttpResponse, Response)


def name_network(response: AnyResponse, network: Network) -> AnyResponse:
    """Name the network in a header and, at level INFO, in the log, which holds nothing about the visitor."""
    response.headers[HEADER] = network.identity
    logger.info("A photo search was answered by %s.", network.identity)
    return response


def keep_choice(response: AnyResponse, cookie: str | None) -> AnyResponse:
    """Set the cookie that keeps a visitor with one network during a split."""
    if cookie is not None:
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(COOKIE, cookie, COOKIE_AGE, secure=secure, httponly=True, samesite="Lax")
    return response
