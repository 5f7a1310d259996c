"""The addresses of reviews: below their product, and a customer's own below her account."""

from django.urls import path

from shop.reviews import views

app_name = "reviews"
urlpatterns = [
    path("products/<name:slug>/reviews/", views.review_list, name="list"),
    path("products/<name:slug>/review/", views.write, name="write"),
    path("products/<name:slug>/review/withdraw/", views.withdraw, name="withdraw"),
    path("account/reviews/", views.mine, name="mine"),
]
