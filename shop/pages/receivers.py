"""Keep the menus current, and attach what buyers must be able to keep to the confirmation of an order."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from shop.mail import attach_to
from shop.pages.menu import forget_menu
from shop.pages.models import Page
from shop.pages.services import legal_texts

attach_to("orders/confirmed", legal_texts)


@receiver([post_save, post_delete], sender=Page, dispatch_uid="pages.forget_menu")
def forget_copy(**kwargs: Any) -> None:
    """Show the change on the next page."""
    forget_menu()
