"""Offer *Start my own shop* on the checklist of the demo."""

from django.urls import reverse

from demo.removal import is_demo
from shop.opening.demo_button import offer_start

offer_start(lambda: reverse("demo:start") if is_demo() else "")
