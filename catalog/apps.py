from importlib import import_module

from django.apps import AppConfig

from catalog.pictures.memory_budget import give_back_large_blocks


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        """Connect what follows from saved rows: models cannot be imported any earlier."""
        import_module("catalog.receivers")
        give_back_large_blocks()
