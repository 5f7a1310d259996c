from django.apps import AppConfig

from catalog.pictures.memory_budget import return_large_blocks


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        return_large_blocks()
