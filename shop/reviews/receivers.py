"""Delete the picture of a deleted photo, whatever deleted it: the author, staff, or the erasure of an account."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from catalog.models import ProductImage
from shop.reviews.models import ReviewPhoto


@receiver(post_delete, sender=ReviewPhoto, dispatch_uid="reviews.delete_picture")
def delete_picture(instance: ReviewPhoto, **kwargs: Any) -> None:
    """The catalogue then removes the files. Nothing is left to do if the picture itself was deleted."""
    ProductImage.objects.filter(pk=instance.image_id, is_from_customer=True).delete()
