from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ShopConfig(AppConfig):
    name = "shop"
    verbose_name = "Shop"

    def ready(self) -> None:
        """Import the modules of all apps that register themselves; they need the models, so not earlier."""
        autodiscover_modules("checks", "personal_data", "receivers")
