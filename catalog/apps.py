from importlib import import_module

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        """Connect what follows from saved rows; models cannot be imported any earlier."""
        import_module("catalog.receivers")
