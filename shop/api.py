"""URLs of the API, version 1."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from catalog.api import CategoryViewSet, ProductViewSet, SearchView, SuggestView
from shop.checkout.api import CartLinesView, CartLineView, CartView, CheckoutView
from shop.fulfilment.api import OrderDetailView, OrderListView, ReturnsView
from shop.http.errors import api_not_found
from shop.recommendations.api import GoesWithView
from shop.reviews.api import OwnPhotosView, OwnPhotoView, OwnReviewView, ReviewsView
from shop.wishlist.api import WishlistView, WishView
from visualsearch.api import (
    NetworkView,
    PhotoSearchView,
    PicturedView,
    RecommendationsView,
    SimilarView,
    SubstitutesView,
)
from visualsearch.moderation_api import (
    VerdictAppealView,
    VerdictDecisionView,
    VerdictPictureView,
    VerdictsView,
    VerdictView,
)

router = SimpleRouter()
router.register("products", ProductViewSet, basename="product")
router.register("categories", CategoryViewSet, basename="category")

urlpatterns = [
    path("v1/products/<name:slug>/similar/", SimilarView.as_view(), name="similar"),
    path("v1/products/<name:slug>/goes-with/", GoesWithView.as_view(), name="goes-with"),
    path("v1/products/<name:slug>/substitutes/", SubstitutesView.as_view(), name="substitutes"),
    path("v1/products/<name:slug>/reviews/", ReviewsView.as_view(), name="reviews"),
    path("v1/products/<name:slug>/review/", OwnReviewView.as_view(), name="review"),
    path("v1/products/<name:slug>/review/photos/", OwnPhotosView.as_view(), name="review-photos"),
    path("v1/products/<name:slug>/review/photos/<int:photo_id>/", OwnPhotoView.as_view(), name="review-photo"),
    path("v1/wishlist/", WishlistView.as_view(), name="wishlist"),
    path("v1/wishlist/<name:slug>/", WishView.as_view(), name="wish"),
    path("v1/search/", SearchView.as_view(), name="search"),
    path("v1/search/suggest/", SuggestView.as_view(), name="suggest"),
    path("v1/search/pictured/", PicturedView.as_view(), name="pictured"),
    path("v1/search/photo/", PhotoSearchView.as_view(), name="photo"),
    path("v1/search/photo/network/", NetworkView.as_view(), name="network"),
    path("v1/recommendations/", RecommendationsView.as_view(), name="recommendations"),
    path("v1/cart/", CartView.as_view(), name="cart"),
    path("v1/cart/lines/", CartLinesView.as_view(), name="cart-lines"),
    path("v1/cart/lines/<int:line_id>/", CartLineView.as_view(), name="cart-line"),
    path("v1/checkout/", CheckoutView.as_view(), name="checkout"),
    path("v1/orders/", OrderListView.as_view(), name="orders"),
    path("v1/orders/<str:secret>/", OrderDetailView.as_view(), name="order"),
    path("v1/orders/<str:secret>/returns/", ReturnsView.as_view(), name="returns"),
    path("v1/moderation/verdicts/", VerdictsView.as_view(), name="verdicts"),
    path("v1/moderation/verdicts/<int:image>/", VerdictView.as_view(), name="verdict"),
    path("v1/moderation/verdicts/<int:image>/picture/", VerdictPictureView.as_view(), name="verdict-picture"),
    path("v1/moderation/verdicts/<int:image>/decision/", VerdictDecisionView.as_view(), name="verdict-decision"),
    path("v1/moderation/verdicts/<int:image>/appeal/", VerdictAppealView.as_view(), name="verdict-appeal"),
    path("v1/", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    re_path(r"^v1/(?P<path>[\s\S]*)$", api_not_found, name="unknown"),
]
