"""The URL of the page *Start my own shop*, inside the admin."""

from django.contrib import admin
from django.urls import path

from demo.views import start

app_name = "demo"
urlpatterns = [path("", admin.site.admin_view(start), name="start")]
