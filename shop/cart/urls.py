"""URLs of the cart."""

from django.urls import path

from shop.cart import views

app_name = "cart"
urlpatterns = [
    path("", views.show, name="show"),
    path("add/", views.add, name="add"),
    path("lines/<int:line_id>/", views.change, name="change"),
    path("estimate/", views.estimate, name="estimate"),
]
