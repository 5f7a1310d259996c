"""The WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from shop.http.chunked import ChunkedBodies
from shop.http.text import ReadableContentType

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

application = ReadableContentType(ChunkedBodies(get_wsgi_application()))
