"""Pages of text, and the contact form."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from shop.pages.forms import ContactForm
from shop.pages.models import Page
from shop.pages.services import send_message
from shop.pages.text import as_html, filled_in
from shop.storefront.current import shop_settings


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a page. Staff who may see drafts can read those, too."""
    pages = Page.objects.all() if request.user.has_perm("pages.view_page") else Page.objects.public()
    found = get_object_or_404(pages, slug=slug)
    if found.kind == Page.Kind.CONTACT and found.is_published:
        return redirect("pages:contact", permanent=True)
    return render(request, "pages/page.html", {"page": found, "text": _html(found)})


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """Show the page about contact with its form, and send what was written there."""
    found = get_object_or_404(Page.objects.public(), kind=Page.Kind.CONTACT)
    user = request.user
    known = {"name": user.name, "email": user.email} if user.is_authenticated else {}
    form = ContactForm(request.POST) if request.method == "POST" else ContactForm(initial=known)
    seconds = getattr(request, "seconds_to_wait", 0)
    if seconds:
        form.add_error(
            None, _("Too many messages. Try again in %(minutes)d minutes.") % {"minutes": -(-seconds // 60)}
        )
    elif form.is_valid():
        if not form.is_from_a_program:
            send_message(form.cleaned_data, timezone.now())
        messages.success(request, _("Thank you. Your message is on its way, and we will answer by email."))
        return redirect("pages:contact")
    status = 429 if seconds else 400 if form.is_bound else 200
    return render(request, "pages/contact.html", {"page": found, "text": _html(found), "form": form}, status=status)


def _html(found: Page) -> str:
    return as_html(filled_in(found.text, shop_settings()))
