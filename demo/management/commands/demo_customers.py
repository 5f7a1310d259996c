"""`manage.py demo_customers`: add invented customers and reviews. The same seed always adds the same ones."""

import json
import random
from argparse import ArgumentParser
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from catalog.models import Product
from shop.accounts.models import Address, Customer
from shop.reviews.models import Review

DATA = Path(__file__).resolve().parents[2] / "customers.json"
FIRST, PASSWORD = "customer@example.com", "semblance-demo"  # printed by `manage.py up`
RATINGS = {5: 46, 4: 31, 3: 13, 2: 6, 1: 4}  # per cent of the reviews
STATES = {Review.State.APPROVED: 92, Review.State.WAITING: 6, Review.State.REJECTED: 2}
MINUTES_PER_YEAR = 365 * 24 * 60


class Command(BaseCommand):
    help = "Add customers and reviews to the demo shop. A second run adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the numbers and the seed."""
        parser.add_argument("--customers", type=int, default=60)
        parser.add_argument("--reviews", type=int, default=400)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *, customers: int, reviews: int, seed: int, **options: Any) -> None:
        """Add everything that is missing in one transaction."""
        rng = random.Random(seed)  # noqa: S311 - not a secret
        words = json.loads(DATA.read_text())
        with transaction.atomic():
            people, new = _invent_people(customers, words, rng)
            number = _invent_reviews(reviews, people, words["reviews"], rng, timezone.now())
        if not new and not number:
            self.stdout.write("The demo already has its customers.")
        else:
            self.stdout.write(f"{new} customers and {number} reviews; log in as {FIRST}, {PASSWORD}.")


def _invent_people(number: int, words: dict[str, Any], rng: random.Random) -> tuple[list[Customer], int]:
    """Return all customers and the number of new ones."""
    names = [(first, last) for first in words["first_names"] for last in words["last_names"]]
    password = make_password(PASSWORD)  # hashed once, because hashing is slow by design
    people = []
    for index, (first, last) in enumerate(rng.sample(names, min(number, len(names)))):
        email = f"{first}.{last}@example.com".lower() if index else FIRST
        people.append(Customer(email=email, name=f"{first} {last}", password=password))
    addresses = [_invent_address(person, words, rng) for person in people]
    known = {person.email: person for person in Customer.objects.filter(email__in=[each.email for each in people])}
    new = Customer.objects.bulk_create(person for person in people if person.email not in known)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in new
    )
    Address.objects.bulk_create(address for address in addresses if address.customer.email not in known)
    return [known.get(person.email, person) for person in people], len(new)


def _invent_address(person: Customer, words: dict[str, Any], rng: random.Random) -> Address:
    postal_code, city = rng.choice(words["cities"])
    line = f"{rng.choice(words['streets'])} {rng.randint(1, 90)}"
    return Address(
        customer=person, name=person.name, line1=line, postal_code=postal_code, city=city, country="DE",
        is_default_shipping=True, is_default_billing=True,
    )  # fmt: skip


def _invent_reviews(
    number: int, people: list[Customer], words: dict[str, Any], rng: random.Random, now: datetime
) -> int:
    products = list(Product.objects.visible(now).order_by("slug"))
    pairs = [(person, product) for product in products for person in people]
    # A few products get many reviews, most get few, some get none.
    weights = {product.pk: rng.paretovariate(1.2) for product in products}
    pairs.sort(key=lambda pair: rng.random() ** (1 / weights[pair[1].pk]), reverse=True)
    reviews = [_invent_review(*pair, words, rng, now) for pair in pairs[:number]]
    written = set(Review.objects.filter(customer__in=people).values_list("customer", "product"))
    missing = [review for review in reviews if (review.customer_id, review.product_id) not in written]
    Review.objects.bulk_create(missing, batch_size=200)
    return len(missing)


def _invent_review(
    person: Customer, product: Product, words: dict[str, Any], rng: random.Random, now: datetime
) -> Review:
    rating = _draw(RATINGS, rng)
    texts = words[str(rating)]
    written_at = now - timedelta(minutes=rng.randint(60, MINUTES_PER_YEAR))
    return Review(
        customer=person, product=product, author=person.name.partition(" ")[0], rating=rating,
        title=rng.choice(texts["titles"]), text=rng.choice(texts["texts"]), is_verified_purchase=True,
        state=_draw(STATES, rng), created_at=written_at, changed_at=written_at,
    )  # fmt: skip


def _draw(shares: dict[Any, int], rng: random.Random) -> Any:
    return rng.choices(list(shares), list(shares.values()))[0]
