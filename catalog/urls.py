"""URLs of the catalogue."""

from django.urls import path

from catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.home, name="home"),
    path("products/", views.product_list, name="products"),
    path("products/<name:slug>/", views.product, name="product"),
    path("pictures/<str:sha256>/", views.picture, name="picture"),
    path("search/", views.search, name="search"),
    path("search/missed/", views.missed, name="missed"),
    path("search/missed/thanks/", views.missed_thanks, name="missed_thanks"),
]
