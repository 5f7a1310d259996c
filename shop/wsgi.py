"""The entrance for web servers."""

import os

from django.core.wsgi import get_wsgi_application

from shop.chunked import ChunkedBodies
from shop.readable import ReadableContentType

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

application = ReadableContentType(ChunkedBodies(get_wsgi_application()))
