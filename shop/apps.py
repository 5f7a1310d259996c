from importlib import import_module

from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"
    verbose_name = "Shop"

    def ready(self) -> None:
        """Connect the receivers and the system checks."""
        import_module("shop.checks")
        import_module("shop.receivers")
