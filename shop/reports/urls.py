"""URLs of the reports, inside the admin."""

from django.contrib import admin
from django.urls import path

from shop.reports import views

app_name = "reports"
urlpatterns = [
    path("", admin.site.admin_view(views.index), name="index"),
    path("files/<slug:name>.csv", admin.site.admin_view(views.download), name="download"),
    path("insight/", admin.site.admin_view(views.show_insight), name="insight"),
    path("<slug:slug>/", admin.site.admin_view(views.show), name="show"),
]
