"""Files that depend on the shop's settings: its colours, its logo, its icon and its manifest."""

from __future__ import annotations

import hashlib
from xml.sax.saxutils import escape

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shop.storefront import colours
from shop.storefront.current import shop_settings
from shop.storefront.models import ShopSettings

FOREVER = "public, max-age=31536000, immutable"
SOON = "public, max-age=300"
ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="{}"/>
<text x="32" y="45" text-anchor="middle" font-family="sans-serif" font-size="38" font-weight="600"
fill="#fff">{}</text></svg>"""


@require_safe
def style_sheet(request: HttpRequest, version: str) -> HttpResponse:
    """Send the shop's colours. The address contains them, so browsers may keep the file."""
    shop = shop_settings()
    text = colours.style_sheet(shop.accent, shop.background)
    is_current = version == shop.colour_version
    return _send(request, text.encode(), "text/css; charset=utf-8", FOREVER if is_current else "no-cache")


@require_safe
def logo(request: HttpRequest, sha256: str) -> HttpResponse:
    """Send the logo with this hash."""
    row = ShopSettings.objects.filter(logo_sha256=sha256, logo__isnull=False).values_list("logo", flat=True).first()
    if row is None:
        raise Http404(_("There is no picture at this address."))
    return _send(request, bytes(row), "image/png", FOREVER)


@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """Send an icon with the first letter of the shop's name."""
    shop = shop_settings()
    accent = colours.light_shades(shop.accent, shop.background).get("accent", colours.ACCENT)
    text = ICON.format(accent, escape(shop.name[:1].upper()))
    return _send(request, text.encode(), "image/svg+xml", SOON)


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Send browsers that ask without a page, as for a PDF file, to the shop's icon."""
    return redirect(_icon_of(shop_settings())["src"])


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Describe the shop to phones that put it on the home screen."""
    shop = shop_settings()
    light = colours.light_shades(shop.accent, shop.background)
    return JsonResponse(
        {
            "name": shop.name,
            "short_name": shop.name[:12],
            "start_url": reverse("catalog:home"),
            "display": "browser",
            "background_color": light.get("paper", colours.PAPER),
            "theme_color": light.get("paper", colours.PAPER),
            "icons": [_icon_of(shop)],
        },
        content_type="application/manifest+json",
        headers={"Cache-Control": SOON},
    )


def _icon_of(shop: ShopSettings) -> dict[str, str]:
    if shop.has_square_logo:
        size = f"{shop.logo_width}x{shop.logo_height}"
        return {"src": reverse("storefront:logo", args=[shop.logo_sha256]), "sizes": size, "type": "image/png"}
    address = reverse("storefront:icon") if shop.is_named else static("favicon.svg")
    return {"src": address, "sizes": "any", "type": "image/svg+xml"}


def _send(request: HttpRequest, content: bytes, kind: str, caching: str) -> HttpResponse:
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response = HttpResponse(content, kind, headers={"Cache-Control": caching, "ETag": etag})
    answer: HttpResponse = get_conditional_response(request, etag=etag, response=response)  # type: ignore[assignment]
    return answer
