"""URLs of pages of text."""

from django.urls import path

from shop.pages import views

app_name = "pages"
urlpatterns = [
    path("pages/<slug:slug>/", views.page, name="page"),
    path("contact/", views.contact, name="contact"),
]
