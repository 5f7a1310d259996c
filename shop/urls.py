"""The address bar of the whole site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from shop import health, media

urlpatterns = [
    path("", include("visualsearch.urls")),
    path("", include("catalog.urls")),
    path("api/", include(("shop.api", "api"))),
    path("admin/", admin.site.urls),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]

if not settings.MEDIA_URL.startswith(("http://", "https://", "//")):
    urlpatterns.append(path(f"{settings.MEDIA_URL.strip('/')}/<path:path>", media.picture, name="media"))
