"""The shop's addresses, and a cart that takes what is posted to it."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from shop.urls import urlpatterns as shop


def add(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("cart/", include(([path("add/", add, name="add")], "cart"))), *shop]
