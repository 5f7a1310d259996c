from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ShopConfig(AppConfig):
    name = "shop"
    verbose_name = "Shop"

    def ready(self) -> None:
        """Import the modules of every app that register something. They need the models, so do it here."""
        autodiscover_modules("checks", "personal_data", "receivers")
