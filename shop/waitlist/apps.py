from importlib import import_module

from django.apps import AppConfig


class WaitlistConfig(AppConfig):
    name = "shop.waitlist"
    label = "waitlist"

    def ready(self) -> None:
        """Contribute to what is exported and erased."""
        services = import_module("shop.waitlist.services")
        data = import_module("shop.accounts.personal_data")
        data.register("waitlist", export=services.export, erase=services.erase)
