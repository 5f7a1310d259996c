"""Review pages: the reviews of a product, and those by the customer."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.former_slugs import get_product
from catalog.models import Product
from catalog.pictures.checking import PictureRefused
from catalog.pictures.sending import send_upload
from shop.accounts.models import Customer
from shop.reviews.forms import PhotosForm, ReviewForm
from shop.reviews.models import Review, ReviewPhoto
from shop.reviews.photos import appeal_photo
from shop.reviews.purchases import has_bought
from shop.reviews.services import may_review, withdraw_review, write_review
from visualsearch.moderation.decisions import MAX_APPEAL

PAGE_SIZE = 20


@require_safe
def review_list(request: HttpRequest, slug: str) -> HttpResponse:
    product = _product(slug)
    reviews = Review.objects.approved().filter(product=product).with_photos()
    page = Paginator(reviews, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "reviews/list.html", {"product": product, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """Write or change the customer's review of the product.

    A photo that is refused loses nothing else: the rest is saved, and the page says what to do.
    """
    customer, product = cast(Customer, request.user), _product(slug)
    bought, written = has_bought(customer, product), _written(customer, product)
    may_write = may_review(customer, product, has_bought=bought)
    form, photos = _forms(request, customer, written)
    context = {"product": product, "may_review": may_write, "form": form, "photos": photos, "written": written,
               "own_photos": photos.existing, "ticked": request.POST.getlist("remove")}  # fmt: skip
    if seconds := getattr(request, "seconds_to_wait", 0):
        form.add_error(None, _too_many(seconds))
        return render(request, "reviews/write.html", context, status=429)
    if request.method == "POST" and form.is_valid():
        if not may_write:
            return render(request, "reviews/write.html", context, status=403)
        photos.is_valid()  # only now, because it decodes them
        try:
            written = write_review(customer, product, form.cleaned_data, timezone.now(), has_bought=bought,
                                   photos=photos.accepted, removed=photos.removed)  # fmt: skip
        except PictureRefused as refused:  # added in another tab meanwhile, or the storage is full
            photos.add_error("photos", refused.detail)
        else:
            if not photos.errors:
                messages.success(request, _("Thank you. Your review will appear once we have approved it."))
                return redirect(product)
            context |= {"written": written, "is_saved": True, "own_photos": list(written.photos.for_author())}
    elif request.method == "POST" and request.FILES:
        photos.errors["photos"] = photos.error_class([_("Choose your photos again.")])
    has_errors = request.method == "POST" and (form.errors or photos.errors)
    return render(request, "reviews/write.html", context, status=400 if has_errors else 200)


@require_POST
@login_required
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    withdraw_review(cast(Customer, request.user), _product(slug))
    messages.success(request, _("Your review has been deleted."))
    return redirect("reviews:mine")


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """List the customer's reviews with their states and photos."""
    own = Review.objects.filter(customer=cast(Customer, request.user)).select_related("product")
    shown = own.prefetch_related(Prefetch("photos", ReviewPhoto.objects.for_author())).order_by("-created_at", "-pk")
    page = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "reviews/mine.html", {"page": page, "max_appeal": MAX_APPEAL})


@require_safe
@login_required
def picture(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a photo to the customer who took it, whether or not others may see it."""
    own = ReviewPhoto.objects.filter(review__customer=cast(Customer, request.user))
    return send_upload(get_object_or_404(own.select_related("image"), pk=pk).image, "private, max-age=3600")


@require_POST
@login_required
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask staff to look at the customer's refused photo again."""
    if seconds := getattr(request, "seconds_to_wait", 0):
        messages.warning(request, _too_many(seconds))
    elif appeal_photo(cast(Customer, request.user), pk, request.POST.get("sentence", "")[:MAX_APPEAL], timezone.now()):
        messages.success(request, _("Thank you. We will look at the photo again."))
    else:
        messages.warning(request, _("Write a sentence about a photo that was refused."))
    return redirect("reviews:mine")


def _forms(request: HttpRequest, customer: Customer, written: Review | None) -> tuple[ReviewForm, PhotosForm]:
    """Return the forms of the words and of the photos, which are one form on the page."""
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ReviewForm(data, instance=written, initial={"author": customer.name.partition(" ")[0]})
    is_too_large = getattr(request, "upload_too_large", False)
    return form, PhotosForm(data, files, review=written, is_too_large=is_too_large)


def _written(customer: Customer, product: Product) -> Review | None:
    return Review.objects.filter(customer=customer, product=product).first()


def _too_many(seconds: int) -> str:
    return _("Too many changes of reviews. Try again in %(minutes)d minutes.") % {"minutes": -(-seconds // 60)}


def _product(slug: str) -> Product:
    return get_product(Product.objects.visible(timezone.now()), slug)
