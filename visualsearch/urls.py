"""URLs of the visual search."""

from django.urls import path

from visualsearch import views

app_name = "visualsearch"
urlpatterns = [
    path("search/photo/", views.search_by_photo, name="photo"),
    path("search/pictured/", views.pictured_products, name="pictured"),
    path("search/photo/why/", views.why_this, name="why"),
    path("search/photo/samples/<str:name>", views.sample, name="sample"),
    path("search/photo/samples/<str:name>/thumbnail", views.sample_thumbnail, name="sample_thumbnail"),
    path("search/photo/networks/<str:sha256>.<str:suffix>", views.network_file, name="network-file"),
]
