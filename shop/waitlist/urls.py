"""URLs of the waitlist."""

from django.urls import path

from shop.waitlist import views

app_name = "waitlist"
urlpatterns = [
    path("", views.wait, name="wait"),
    path("<str:token>/", views.stop, name="stop"),
]
