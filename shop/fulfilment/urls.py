"""URLs of actions on an order, and of the webhooks."""

from django.urls import path

from shop.fulfilment import views

app_name = "fulfilment"
urlpatterns = [
    path("orders/<str:secret>/pay/", views.pay_now, name="pay"),
    path("orders/<str:secret>/returned/", views.returned, name="returned"),
    path("orders/<str:secret>/cancel/", views.cancel, name="cancel"),
    path("orders/<str:secret>/return/", views.send_back, name="return"),
    path("payments/webhooks/<slug:gateway>/", views.webhook, name="webhook"),
]
