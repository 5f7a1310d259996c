"""URLs of the recommendations. Pages load them as fragments; without scripts, links lead there."""

from django.urls import path

from shop.recommendations import views

app_name = "recommendations"
urlpatterns = [
    path("for-you/", views.for_you, name="for-you"),
    path("for-you/clear/", views.clear, name="clear"),
    path("products/<name:slug>/more/", views.more, name="more"),
    path("cart/goes-with/", views.cart, name="cart"),
]
