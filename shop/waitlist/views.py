"""Joining the waitlist, and the unsubscribe link in its emails."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from catalog.models import Product
from shop.http.errors import too_many_requests
from shop.waitlist.forms import WaitForm
from shop.waitlist.services import WaitRefused, stop_waiting, wait_for


@require_POST
def wait(request: HttpRequest) -> HttpResponse:
    """Add the customer to the waitlist, and return to the product's page."""
    if seconds := getattr(request, "seconds_to_wait", 0):
        return too_many_requests(request, seconds)
    form = WaitForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(map(str, errors)))
    else:
        try:
            waiting = wait_for(form.cleaned_data["variant"], form.cleaned_data["email"], timezone.now())
        except WaitRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(
                request, _("We will email %(email)s once, when it is back in stock.") % {"email": waiting.email}
            )
            return redirect(waiting.variant.product)
    product = Product.objects.visible(timezone.now()).filter(variants=form.cleaned_data.get("variant")).first()
    return redirect(product or "catalog:home")


@csrf_exempt  # mail programs unsubscribe with one click (RFC 8058); the token authenticates them
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask before unsubscribing, since mail scanners open links. The button cancels all entries of the address."""
    if request.method == "POST":
        stop_waiting(token.replace("\x00", ""))
    return render(request, "waitlist/stop.html", {"is_done": request.method == "POST"})
