"""Review pages: the reviews of a product, and those by the customer."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.former_slugs import get_product
from catalog.models import Product
from shop.accounts.models import Customer
from shop.reviews.forms import ReviewForm
from shop.reviews.models import Review
from shop.reviews.purchases import has_bought
from shop.reviews.services import MayNotReviewError, may_review, withdraw_review, write_review

PAGE_SIZE = 20


@require_safe
def review_list(request: HttpRequest, slug: str) -> HttpResponse:
    product = _product(slug)
    page = Paginator(Review.objects.approved().filter(product=product), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "reviews/list.html", {"product": product, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """Write or change the customer's review of the product."""
    customer, product = cast(Customer, request.user), _product(slug)
    bought = has_bought(customer, product)
    context = {"product": product, "may_review": may_review(customer, product, has_bought=bought)}
    written = Review.objects.filter(customer=customer, product=product).first()
    form = ReviewForm(request.POST or None, instance=written, initial={"author": customer.name.partition(" ")[0]})
    if request.method == "POST" and form.is_valid():
        try:
            write_review(customer, product, form.cleaned_data, timezone.now(), has_bought=bought)
        except MayNotReviewError:
            return render(request, "reviews/write.html", {**context, "written": written}, status=403)
        messages.success(request, _("Thank you. Your review will appear once we have approved it."))
        return redirect(product)
    return render(
        request,
        "reviews/write.html",
        {**context, "form": form, "written": written},
        status=400 if form.errors else 200,
    )


@require_POST
@login_required
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    withdraw_review(cast(Customer, request.user), _product(slug))
    messages.success(request, _("Your review has been deleted."))
    return redirect("reviews:mine")


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """List the customer's reviews with their states."""
    own = Review.objects.filter(customer=cast(Customer, request.user)).select_related("product")
    page = Paginator(own.order_by("-created_at", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "reviews/mine.html", {"page": page})


def _product(slug: str) -> Product:
    return get_product(Product.objects.visible(timezone.now()), slug)
