"""The Django project, and everything that customers do in the shop."""

from shop.celery import app as celery_app

__all__ = ["celery_app"]
