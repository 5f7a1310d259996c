"""The wishlist of a customer or a guest, and the link by which others see it."""

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
    """What she may want one day; a guest's stands in the session."""
    customer = _customer(request)
    products = services.wished_products(_ids(request), timezone.now())
    token = services.share_token(customer) if customer else None
    return render(request, "wishlist/list.html", {"products": products, "share_token": token})


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Adds the product whose slug is `add`, or takes away `remove`; back to where she was, or JSON for a script."""
    adding = "add" in request.POST
    slug = request.POST.get("add") or request.POST.get("remove") or ""
    product = get_product(Product.objects.visible(timezone.now()), slug)
    try:
        _add(request, product) if adding else _remove(request, product)
    except services.WishlistFullError:
        said = _("Your wishlist is full. Take something off it first.")
        if _wants_json(request):
            return JsonResponse({"detail": said}, status=409)
        messages.error(request, said)
        return redirect("wishlist:list")
    if _wants_json(request):
        return JsonResponse({"is_wished": adding, "count": len(_ids(request))})
    said = _("%(title)s is on your wishlist.") if adding else _("%(title)s is off your wishlist.")
    messages.success(request, said % {"title": product.title})
    return redirect(_back(request))


@require_POST
@login_required
def change_sharing(request: HttpRequest) -> HttpResponse:
    """Makes a link, or withdraws it."""
    customer = _customer(request)
    assert customer is not None
    if "withdraw" in request.POST:
        services.withdraw(customer)
        messages.success(request, _("The link is withdrawn. Only you see your wishlist."))
    else:
        services.share(customer)
        messages.success(request, _("Whoever has this link sees your wishlist, and cannot change it."))
    return redirect("wishlist:list")


@require_safe
@never_cache
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Somebody's wishlist, for whoever has the link. It does not say whose it is."""
    found = get_object_or_404(Wishlist.objects.select_related("customer"), share_token=token.replace("\x00", ""))
    products = services.wished_products(services.wished_ids(found.customer), timezone.now())
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
    """The page she pressed the button on, if it is one of ours; else the wishlist."""
    came_from = request.headers.get("referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return "wishlist:list"
    place = urlsplit(came_from)
    return f"{place.path}?{place.query}" if place.query else place.path
