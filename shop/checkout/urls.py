"""Addresses of the checkout. Those of an order's payment and returns lie below the order's own address."""

from django.urls import path

from shop.checkout import views

app_name = "checkout"
urlpatterns = [
    path("checkout/", views.checkout, name="checkout"),
    path("orders/<str:secret>/pay/", views.pay_now, name="pay"),
    path("orders/<str:secret>/returned/", views.returned, name="returned"),
    path("orders/<str:secret>/cancel/", views.cancel, name="cancel"),
    path("orders/<str:secret>/return/", views.send_back, name="return"),
    path("payments/webhooks/<slug:gateway>/", views.webhook, name="webhook"),
]
