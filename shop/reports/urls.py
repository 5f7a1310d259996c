"""URLs of the reports, inside the admin."""

from django.contrib import admin
from django.urls import path

from shop.reports import quality_views, views

app_name = "reports"
urlpatterns = [
    path("", admin.site.admin_view(views.index), name="index"),
    path("files/<slug:name>.csv", admin.site.admin_view(views.download), name="download"),
    path("insight/", admin.site.admin_view(views.show_insight), name="insight"),
    path("quality/", admin.site.admin_view(quality_views.show_quality), name="quality"),
    path("quality/measure/", admin.site.admin_view(quality_views.measure), name="measure"),
    path("quality/checks/<int:check>/", admin.site.admin_view(quality_views.show_progress), name="progress"),
    path("quality/photos/<int:image>.jpg", admin.site.admin_view(quality_views.show_photo), name="photo"),
    path("<slug:slug>/", admin.site.admin_view(views.show), name="show"),
]
