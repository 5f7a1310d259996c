"""URLs of the page *Open your shop*, inside the admin."""

from django.contrib import admin
from django.urls import path

from shop.opening import views

app_name = "opening"
urlpatterns = [
    path("", admin.site.admin_view(views.checklist), name="checklist"),
    path("confirm/<slug:name>/", admin.site.admin_view(views.confirm), name="confirm"),
    path("mail/", admin.site.admin_view(views.test_mail), name="mail"),
    path("drafts/", admin.site.admin_view(views.drafts), name="drafts"),
]
