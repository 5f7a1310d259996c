from django.apps import AppConfig

from catalog.pictures.memory_budget import return_large_blocks


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from catalog import receivers  # noqa: F401, PLC0415 - receivers import models, which are ready only now

        return_large_blocks()
