"""URLs of the checkout."""

from django.contrib import admin
from django.urls import path

from shop.checkout import views

app_name = "checkout"
urlpatterns = [
    path("checkout/", views.checkout, name="checkout"),
    path("admin/orders/order/add/", admin.site.admin_view(views.place_staff_order), name="place"),
]
