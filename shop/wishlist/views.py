"""Pages of the wishlist, for customers and guests, and its public link."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.former_slugs import get_product
from catalog.models import Product
from shop.accounts.models import Customer
from shop.wishlist import services
from shop.wishlist.guest import add_for_guest, guest_ids, remove_for_guest
from shop.wishlist.models import Wishlist


@require_safe
def wishlist(request: HttpRequest) -> HttpResponse:
    customer = _customer(request)
    products = services.wished_products(_ids(request), timezone.now())
    token = services.share_token(customer) if customer else None
    return render(request, "wishlist/list.html", {"products": products, "share_token": token})


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Add or remove the product whose slug is `add` or `remove`. Redirect back, or return JSON to scripts."""
    adding = "add" in request.POST
    slug = request.POST.get("add") or request.POST.get("remove") or ""
    product = get_product(Product.objects.visible(timezone.now()), slug)
    try:
        _add(request, product) if adding else _remove(request, product)
    except services.WishlistFullError:
        message = _("Your wishlist is full. Remove a product to add another.")
        if _wants_json(request):
            return JsonResponse({"detail": message}, status=409)
        messages.error(request, message)
        return redirect("wishlist:list")
    if _wants_json(request):
        return JsonResponse({"is_wished": adding, "count": len(_ids(request))})
    message = _("%(title)s was added to your wishlist.") if adding else _("%(title)s was removed from your wishlist.")
    messages.success(request, message % {"title": product.title})
    return redirect(_back(request))


@require_POST
@login_required
def change_sharing(request: HttpRequest) -> HttpResponse:
    """Share the list by link, or stop sharing it."""
    customer = _customer(request)
    assert customer is not None
    if "withdraw" in request.POST:
        services.stop_sharing(customer)
        messages.success(request, _("Your wishlist is private again. The link no longer works."))
    else:
        services.share(customer)
        messages.success(request, _("Anyone with this link can see your wishlist, but not change it."))
    return redirect("wishlist:list")


@require_safe
@never_cache
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show a shared wishlist, without its customer's name."""
    shared_list = get_object_or_404(Wishlist.objects.select_related("customer"), share_token=token.replace("\x00", ""))
    products = services.wished_products(services.wished_ids(shared_list.customer), timezone.now())
    return render(request, "wishlist/shared.html", {"products": products})


def _customer(request: HttpRequest) -> Customer | None:
    return request.user if isinstance(request.user, Customer) else None


def _ids(request: HttpRequest) -> list[int]:
    customer = _customer(request)
    return services.wished_ids(customer) if customer else guest_ids(request.session)


def _add(request: HttpRequest, product: Product) -> None:
    customer = _customer(request)
    if customer:
        services.add_products(customer, [product.pk], timezone.now())
    else:
        add_for_guest(request.session, product.pk)


def _remove(request: HttpRequest, product: Product) -> None:
    customer = _customer(request)
    if customer:
        services.remove_product(customer, product.pk)
    else:
        remove_for_guest(request.session, product.pk)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("accept", "").startswith("application/json")


def _back(request: HttpRequest) -> str:
    """Return the page that the request came from if it is on this site, else the wishlist."""
    came_from = request.headers.get("referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return "wishlist:list"
    place = urlsplit(came_from)
    return f"{place.path}?{place.query}" if place.query else place.path
