from importlib import import_module

from django.apps import AppConfig


class WishlistConfig(AppConfig):
    name = "shop.wishlist"
    label = "wishlist"

    def ready(self) -> None:
        """Merge a guest's list at log-in; contribute to what is exported and erased."""
        import_module("shop.wishlist.receivers")
        services = import_module("shop.wishlist.services")
        data = import_module("shop.accounts.personal_data")
        data.register("wishlist", export=services.export, erase=services.erase)
