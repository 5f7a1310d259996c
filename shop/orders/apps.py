from importlib import import_module

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "shop.orders"
    label = "orders"

    def ready(self) -> None:
        """Hear of proven addresses; contribute to what is exported and erased."""
        import_module("shop.orders.receivers")
        history = import_module("shop.orders.history")
        register = import_module("shop.accounts.personal_data").register
        register("orders", export=history.export_orders, erase=history.erase_orders)
