"""URLs of orders. Anyone with the secret can see the order."""

from django.urls import path

from shop.orders import views

app_name = "orders"
urlpatterns = [
    path("account/orders/", views.history, name="history"),
    path("orders/<str:secret>/", views.show, name="show"),
    path("orders/<str:secret>/invoice.pdf", views.invoice, name="invoice"),
]
