"""The Django project, and everything a customer does."""

from shop.celery import app as celery_app

__all__ = ["celery_app"]
