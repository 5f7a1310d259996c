"""URLs of files that depend on the shop's settings."""

from django.urls import path, register_converter

from shop.storefront import views


class Sha256Converter:
    """A SHA-256 hash in hexadecimal digits."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Sha256Converter, "sha256")

app_name = "storefront"
urlpatterns = [
    path("brand/<slug:version>.css", views.style_sheet, name="colours"),
    path("brand/<sha256:sha256>.png", views.logo, name="logo"),
    path("brand/icon.svg", views.icon, name="icon"),
    path("site.webmanifest", views.manifest, name="manifest"),
]
