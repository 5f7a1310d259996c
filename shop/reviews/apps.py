from importlib import import_module

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "shop.reviews"
    label = "reviews"

    def ready(self) -> None:
        """Contribute to what is exported and erased."""
        services = import_module("shop.reviews.services")
        data = import_module("shop.accounts.personal_data")
        data.register("reviews", export=services.export, erase=services.erase)
