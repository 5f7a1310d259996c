"""URLs of the account area. allauth adds its own under the same path."""

from django.urls import path

from shop.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("name/", views.change_name, name="name"),
    path("addresses/", views.address_list, name="addresses"),
    path("addresses/new/", views.add_address, name="add_address"),
    path("addresses/<int:pk>/", views.change_address, name="address"),
    path("addresses/<int:pk>/delete/", views.delete_address, name="delete_address"),
    path("data/", views.data, name="data"),
    path("data/export/", views.export, name="export"),
    path("data/erase/", views.erase, name="erase"),
]
