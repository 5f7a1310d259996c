"""URLs of reviews, under their product and in the account area."""

from django.urls import path

from shop.reviews import views

app_name = "reviews"
urlpatterns = [
    path("products/<name:slug>/reviews/", views.review_list, name="list"),
    path("products/<name:slug>/review/", views.write, name="write"),
    path("products/<name:slug>/review/withdraw/", views.withdraw, name="withdraw"),
    path("account/reviews/", views.mine, name="mine"),
    path("account/reviews/photos/<int:pk>/", views.picture, name="picture"),
    path("account/reviews/photos/<int:pk>/appeal/", views.appeal, name="appeal"),
]
