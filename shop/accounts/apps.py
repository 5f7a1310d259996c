from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "shop.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Contribute the account itself to what is exported and erased."""
        data = import_module("shop.accounts.personal_data")
        data.register("account", export=data.export_account, erase=data.erase_account)
