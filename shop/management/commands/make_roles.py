"""`manage.py make_roles`: create the staff roles."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand
from django.db.models import Q

REVIEWS = ["view_review", "change_review", "view_decision"]
ORDERS = [
    "view_order", "add_order", "ship_order", "capture_order", "refund_order", "cancel_order", "view_payment",
    "view_refund", "view_return", "change_return", "view_customer", "view_product", "view_variant", "view_category",
    "view_stockmovement", "view_mail", "view_waiting",
]  # fmt: skip
SUPPORT = [
    "view_order", "view_payment", "view_refund", "view_return", "view_customer", "view_product", "view_mail",
    "change_mail", *REVIEWS,
]  # fmt: skip
MANAGEMENT = [
    "view_sales", "export_order", "view_searchtally", "view_demand", "view_demandnote", "view_followup",
    "view_logentry", "view_order", "view_product", "view_apikey",
    "add_apikey", "change_apikey", "add_qualitycheck", "view_shopsettings", "change_shopsettings",
]  # fmt: skip
MODERATION = [
    "moderate", "view_verdict", "view_picturedecision", "view_productimage", "view_product", "view_category",
]  # fmt: skip
ROLES: dict[str, Q] = {
    "catalogue": Q(content_type__app_label="catalog")
    | Q(codename__in=["view_imageembedding", "add_qualitycheck", *REVIEWS]),
    "orders": Q(codename__in=ORDERS)
    | Q(content_type__app_label="promotions")
    | Q(content_type__app_label="orders", content_type__model__in=["shippingmethod", "shippingrate", "taxrate"]),
    "support": Q(codename__in=SUPPORT),
    "management": Q(codename__in=MANAGEMENT) | Q(content_type__app_label="pages"),
    "moderation": Q(codename__in=MODERATION),
}


def make_roles() -> list[str]:
    """Create the roles with their permissions and return their names. Keeps other permissions; idempotent."""
    for name, permissions in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(*Permission.objects.filter(permissions))
    return list(ROLES)


class Command(BaseCommand):
    help = "Create the staff roles catalogue, orders, support, management and moderation as groups with permissions."

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"Roles: {', '.join(make_roles())}.")
