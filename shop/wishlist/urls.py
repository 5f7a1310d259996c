"""URLs of the wishlist."""

from django.urls import path

from shop.wishlist import views

app_name = "wishlist"
urlpatterns = [
    path("", views.wishlist, name="list"),
    path("change/", views.change, name="change"),
    path("share/", views.change_sharing, name="share"),
    path("shared/<str:token>/", views.shared, name="shared"),
]
