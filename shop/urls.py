"""URLs of the whole site."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import index as sitemap_index
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path
from django.views.generic import TemplateView

from shop.http import health, media, middleware
from shop.sitemaps import SITEMAPS
from shop.storefront import views as storefront

# Staff log in where customers do, so that rate limits and the second factor apply to them too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler400 = "shop.http.errors.bad_request"
handler429 = "shop.http.errors.too_many_requests"

urlpatterns = [
    path("", include("visualsearch.urls")),
    path("", include("catalog.urls")),
    path("", include("shop.storefront.urls")),
    path("", include("shop.pages.urls")),
    path("", include("shop.recommendations.urls")),
    path("cart/", include("shop.cart.urls")),
    path("", include("shop.checkout.urls")),
    path("", include("shop.fulfilment.urls")),
    path("", include("shop.orders.urls")),
    path("account/", include("shop.accounts.urls")),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("", include("shop.reviews.urls")),
    path("wishlist/", include("shop.wishlist.urls")),
    path("back-in-stock/", include("shop.waitlist.urls")),
    path("api/", include(("shop.api", "api"))),
    path("admin/opening/", include("shop.opening.urls")),
    path("admin/reports/", include("shop.reports.urls")),
    path("admin/admitted/", middleware.admitted, name="admitted"),
    path("admin/", admin.site.urls),
    path("sitemap.xml", sitemap_index, {"sitemaps": SITEMAPS}, name="sitemaps"),
    path("sitemap-<section>.xml", sitemap, {"sitemaps": SITEMAPS}, name="django.contrib.sitemaps.views.sitemap"),
    path("robots.txt", TemplateView.as_view(template_name="robots.txt", content_type="text/plain")),
    path("favicon.ico", storefront.favicon),  # for pages without HTML
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]

if settings.DEMO:
    urlpatterns.insert(0, path("admin/start-my-own-shop/", include("demo.urls")))
if not settings.MEDIA_URL.startswith(("http://", "https://", "//")):
    urlpatterns.append(path(f"{settings.MEDIA_URL.strip('/')}/<path:path>", media.picture, name="media"))
