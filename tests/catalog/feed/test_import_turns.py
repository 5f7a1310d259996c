"""Concurrent imports: locks and retries after deadlocks."""

from collections.abc import Callable
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Event

import pytest
from django.db import OperationalError, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from catalog.feed.importer import Report, import_catalog
from catalog.feed.names import NameCache
from catalog.locks import lock_names, retry_after_deadlock
from catalog.models import Attribute, AttributeValue, Category, Product, ProductImage
from shop.accounts.models import Customer
from tests.conftest import picture
from tests.factories import CategoryFactory, ProductFactory
from tests.races import race, wait_for_lock

pytestmark = pytest.mark.django_db(transaction=True)


def write_feed(file: Path, which: int, number: int = 60) -> Path:
    """Write new products in new categories, some of them shared by all feeds in different orders."""
    lines = ["product,title,category,sku,price,images,attribute:colour"]
    for index in range(number):
        place = f"Shared {index * (which + 1) % 7} > Below {index % 5}" if index % 2 else f"Own {which} > {index % 9}"
        lines.append(f"p-{which}-{index},P,{place},P-{which}-{index},1,,Colour {(index * (3 + which)) % 11}")
    file.write_text("\n".join(lines))
    return file


def test_concurrent_imports_wait_for_each_other(tmp_path: Path) -> None:
    files = [write_feed(tmp_path / f"{which}.csv", which) for which in range(3)]
    problems: list[str] = []

    def load(which: int) -> Report:
        return import_catalog(files[which], None, timezone.now(), lambda _line, reason: problems.append(reason))

    answers = race(3, load)
    assert problems == []
    assert answers == [Report(created=60)] * 3
    assert Product.objects.count() == 180
    names = [(each.path[: -Category.steplen], each.name) for each in Category.objects.all()]
    assert len(names) == len(set(names)), "a category was created twice"
    assert Category.objects.find_problems() == ([], [], [], [], [])
    assert AttributeValue.objects.count() == 11


def test_concurrent_imports_of_one_file_add_each_picture_once(tmp_path: Path) -> None:
    for index in range(8):
        (tmp_path / f"{index}.jpg").write_bytes(picture(colour=f"#{index}{index}0"))
    rows = [f"p-{index},P,Test,P-{index},1,{index}.jpg" for index in range(8)]
    for name, ordered in (("up", rows), ("down", rows[::-1])):
        (tmp_path / f"{name}.csv").write_text("\n".join(["product,title,category,sku,price,images", *ordered]))

    def load(which: int) -> Report:
        file = tmp_path / ("up.csv", "down.csv")[which]
        return import_catalog(file, tmp_path, timezone.now(), lambda *_problem: None)

    answers = race(2, load)
    assert sorted(each.pictures for each in answers if isinstance(each, Report)) == [0, 8]
    assert ProductImage.objects.count() == 8


def crosswise(wait: Callable[[], object], which: int) -> None:
    """Create two attributes while another transaction creates the second one first."""
    names = NameCache()
    names.value(("first", "second")[which], "one")
    wait()
    names.value(("second", "first")[which], "one")


def meet(barrier: Barrier) -> None:
    """Wait for the other thread, which may be waiting for this one."""
    try:
        barrier.wait(timeout=3)
    except BrokenBarrierError:
        return


def test_without_the_lock_creating_the_same_names_deadlocks() -> None:
    both = Barrier(2)

    def make(which: int) -> None:
        with transaction.atomic():
            crosswise(lambda: meet(both), which)

    answers = race(2, make)
    assert [type(each) for each in answers].count(OperationalError) == 1


def test_with_the_lock_there_is_no_deadlock() -> None:
    both = Barrier(2)

    def make(which: int) -> None:
        with transaction.atomic():
            lock_names()
            crosswise(lambda: meet(both), which)

    assert race(2, make) == [None, None]


def test_deadlock_victim_is_retried() -> None:
    both, tries = Barrier(2), [0, 0]
    colours = [Attribute.objects.create(name=name, slug=name).pk for name in ("first", "second")]

    def make(which: int) -> None:
        def run() -> None:
            tries[which] += 1
            Attribute.objects.filter(pk=colours[which]).update(position=F("position") + 1)
            meet(both)
            Attribute.objects.filter(pk=colours[1 - which]).update(position=F("position") + 1)

        retry_after_deadlock(run)

    assert race(2, make) == [None, None]
    assert max(tries) > 1  # PostgreSQL decides which one loses, and how often
    assert list(Attribute.objects.values_list("position", flat=True)) == [2, 2]


def test_staff_creating_a_category_wait_for_the_import() -> None:
    """Staff and imports change the same rows of the tree."""
    ProductFactory(category=CategoryFactory(name="Old"))
    client, is_half_done = Client(), Event()
    client.force_login(Customer.objects.create_superuser("staff@example.com"))

    def load() -> None:
        with transaction.atomic():
            lock_names()
            is_half_done.set()
            assert wait_for_lock(seconds=10), "staff did not wait"
            NameCache().category(("Able",))

    def save() -> int:
        is_half_done.wait(timeout=60)
        new = {"name": "Baker", "slug": "baker", "treebeard_position": "sorted-child", "treebeard_ref_node": ""}
        return client.post("/admin/catalog/category/add/", new).status_code

    assert race(2, lambda which: (load, save)[which]()) == [None, 302]
    assert [each.name for each in Category.objects.order_by("path")] == ["Able", "Baker", "Old"]
