from importlib import import_module

from django.apps import AppConfig


class CartConfig(AppConfig):
    name = "shop.cart"
    label = "cart"

    def ready(self) -> None:
        """Hear of log-ins."""
        import_module("shop.cart.receivers")
