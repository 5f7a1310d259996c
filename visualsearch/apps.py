from importlib import import_module

from django.apps import AppConfig


class VisualSearchConfig(AppConfig):
    name = "visualsearch"
    verbose_name = "Visual search"

    def ready(self) -> None:
        for module in ("receivers", "checks"):  # importing connects them; models are importable only now
            import_module(f"visualsearch.{module}")
