"""A receiver that keeps the menus current."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from shop.pages.menu import forget_menu
from shop.pages.models import Page


@receiver([post_save, post_delete], sender=Page, dispatch_uid="pages.forget_menu")
def forget_copy(**kwargs: Any) -> None:
    """Show the change on the next page."""
    forget_menu()
