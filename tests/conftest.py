"""Fixtures and helpers for all tests."""

import os
import shutil
from collections.abc import Iterator
from io import BytesIO

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from PIL import Image
from pytest_django import DjangoDbBlocker

from shop.accounts.models import Customer
from shop.celery import app
from shop.database.shared_copy import SharedCopy
from shop.http.search_times import times

# No deadline: a busy machine is slow.
hypothesis_settings.register_profile("semblance", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# HYPOTHESIS_PROFILE=thorough tries ten thousand examples instead of a hundred.
hypothesis_settings.register_profile(
    "thorough", deadline=None, max_examples=10_000, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "semblance"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that `make quick` skips: those of slow folders and those that use the database."""
    for item in items:
        if {"training", "measuring", "faults"} & set(item.path.parts):
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix(request: pytest.FixtureRequest) -> None:
    """Give each worker of a parallel run its own database. PYTEST_DB separates two runs on one machine."""
    suffixes = (os.environ.get("PYTEST_DB", ""), getattr(request.config, "workerinput", {}).get("workerid", ""))
    name = "_".join(filter(None, ["test", settings.DATABASES["default"]["NAME"], *suffixes]))
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """End what is still connected before the test database is dropped, such as a request that a browser gave up on."""
    yield
    if connection.settings_dict["NAME"] != settings.DATABASES["default"].get("TEST", {}).get("NAME"):
        return  # no test database was made, so this is the shop's own
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session", autouse=True)
def _media_folder() -> Iterator[None]:
    yield
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


@pytest.fixture(autouse=True)
def _default_copies() -> None:
    """Start without settings of an owner and without a query for them, until a test saves some."""
    for copy in SharedCopy.instances:
        copy.hold_default()


@pytest.fixture(autouse=True)
def _empty_local_cache() -> Iterator[None]:
    """Vocabulary and counts stay in memory for minutes. The shared cache is a table and rolls back with a test."""
    caches["local"].clear()
    times.clear()
    yield
    times.clear()  # or the process would write them to the shop's own database when it ends


PASSWORD = "a long passphrase"


def customer(name: str) -> Customer:
    """Create a customer with a confirmed email address."""
    person = Customer.objects.create_user(f"{name.lower()}@example.com", PASSWORD, name=name)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.fixture
def alice(db: None) -> Customer:
    """The customer whose data the test is about."""
    return customer("Alice")


@pytest.fixture
def bob(db: None) -> Customer:
    """Another customer."""
    return customer("Bob")


@pytest.fixture
def mallory(db: None) -> Customer:
    """A customer who must not get access."""
    return customer("Mallory")


@pytest.fixture
def tasks_at_once() -> Iterator[None]:
    """Run tasks in the test's own process when they are published."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def colour_at(image: Image.Image, point: tuple[int, int]) -> tuple[int, ...]:
    colour = image.getpixel(point)
    assert isinstance(colour, tuple)
    return colour


def picture(width: int = 64, height: int = 48, colour: str = "#4a7", form: str = "JPEG", mode: str = "RGB") -> bytes:
    """Return an encoded picture of one colour."""
    file = BytesIO()
    Image.new("RGB", (width, height), colour).convert(mode).save(file, form)
    return file.getvalue()
