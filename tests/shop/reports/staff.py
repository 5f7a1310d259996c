"""Members of staff with roles."""

from django.contrib.auth.models import Group
from django.test import Client

from shop.accounts.models import Customer
from shop.management.commands.make_roles import make_roles


def staff(*roles: str, email: str = "") -> Client:
    """Return a client logged in as staff with these roles."""
    make_roles()
    person = Customer.objects.create_user(email or f"{'-'.join(roles) or 'nobody'}@example.com", is_staff=True)
    person.groups.set(Group.objects.filter(name__in=roles))
    client = Client()
    client.force_login(person)
    return client
