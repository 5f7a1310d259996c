"""Addresses of waiting for what has sold out."""

from django.urls import path

from shop.waitlist import views

app_name = "waitlist"
urlpatterns = [
    path("", views.wait, name="wait"),
    path("<str:token>/", views.stop, name="stop"),
]
