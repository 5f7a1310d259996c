from importlib import import_module

from django.apps import AppConfig


class VisualSearchConfig(AppConfig):
    name = "visualsearch"
    verbose_name = "Visual search"

    def ready(self) -> None:
        import_module("visualsearch.receivers")  # connects them; models are importable only now
