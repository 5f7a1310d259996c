"""`manage.py make_roles`: the groups that staff belong to."""

from typing import Any

from django.core.management.base import BaseCommand

from shop.checkout.roles import make_roles


class Command(BaseCommand):
    help = "Make the roles of the staff (catalogue, orders, support, management) as groups with their permissions."

    def handle(self, **options: Any) -> None:
        """Create what is missing and say what there is."""
        self.stdout.write(f"The roles are: {', '.join(make_roles())}.")
