"""Removal of unused files, with concurrent transactions."""

from pathlib import Path
from threading import Event

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test import Client

from catalog.models import ProductImage
from catalog.pictures.files import BACKUP_LOCK, remove_unused
from catalog.pictures.services import add_picture, attach_picture, make_renditions, store_picture
from catalog.pictures.storage import store_file
from shop.accounts.models import Customer
from tests.conftest import picture
from tests.factories import ImageFactory, ProductFactory
from tests.races import race

pytestmark = pytest.mark.django_db(transaction=True)


def rendered(**options: object) -> ProductImage:
    image = ImageFactory(**options)
    assert make_renditions(image)
    image.refresh_from_db()
    return image


def all_files(image: ProductImage) -> list[str]:
    names = [image.rendition_name(width, "webp") for width in image.rendition_widths]
    return [str(image.file), *names]


def test_attaching_a_picture_while_its_last_other_row_is_deleted_keeps_the_file() -> None:
    data, product = picture(300, 200, "#123"), ProductFactory()
    first = ImageFactory(data=data)
    is_attached, is_deleted = Event(), Event()

    def attach() -> None:
        with transaction.atomic():  # as imports do for fifty products
            add_picture(product, data)
            is_attached.set()
            assert is_deleted.wait(30)

    def delete() -> None:
        assert is_attached.wait(30)
        ProductImage.objects.get(pk=first.pk).delete()
        is_deleted.set()

    assert race(2, lambda number: [attach, delete][number]()) == [None, None]
    assert Path(product.images.get().file.path).exists()


def test_without_the_lock_the_file_is_lost() -> None:
    """The same race without the lock loses the file."""
    data, product = picture(300, 200, "#124"), ProductFactory()
    first = ImageFactory(data=data)
    is_attached, is_deleted = Event(), Event()

    def attach() -> None:
        stored = store_picture(data)  # outside the row's transaction, so the lock is released at once
        with transaction.atomic():
            image = ProductImage(product=product)
            attach_picture(image, stored)
            image.save()
            is_attached.set()
            assert is_deleted.wait(30)

    def delete() -> None:
        assert is_attached.wait(30)
        ProductImage.objects.get(pk=first.pk).delete()
        is_deleted.set()

    assert race(2, lambda number: [attach, delete][number]()) == [None, None]
    assert not Path(product.images.get().file.path).exists()


def test_concurrent_attaching_and_deleting_keeps_files_and_rows_consistent() -> None:
    data, products = picture(90, 90, "#125"), [ProductFactory() for _ in range(6)]

    def come_and_go(number: int) -> None:
        for _ in range(5):
            image = add_picture(products[number], data)
            if number % 3:
                image.delete()

    assert race(6, come_and_go) == [None] * 6
    assert ProductImage.objects.all()[0].file.read() == data
    ProductImage.objects.all().delete()
    assert not default_storage.exists(store_name(data))


def store_name(data: bytes) -> str:
    with transaction.atomic():
        name = store_picture(data).name
        default_storage.delete(name)
    return name


def test_replacing_a_picture_removes_its_files(client: Client) -> None:
    client.force_login(Customer.objects.create_superuser("staff@example.com"))
    image = rendered(data=picture(300, 200, "#126", "PNG"))
    before = all_files(image)
    served = [name for name in before if name.startswith("renditions/")]
    assert [client.get(f"/media/{name}").status_code for name in served] == [200] * len(served)
    with transaction.atomic():
        attach_picture(image, store_picture(picture(300, 200, "#127", "PNG")))
        image.save()
        assert default_storage.exists(before[0]), "removed before the commit"
    assert [client.get(f"/media/{name}").status_code for name in before] == [404] * len(before)
    assert default_storage.exists(image.file.name or "")


def test_replaced_picture_stays_if_another_row_uses_it() -> None:
    image, twin = rendered(data=picture(300, 200, "#128")), rendered(data=picture(300, 200, "#128"))
    attach_picture(image, store_picture(picture(300, 200, "#129")))
    image.save()
    assert all(default_storage.exists(name) for name in all_files(twin))


def test_rollback_removes_no_files() -> None:
    image = rendered(data=picture(300, 200, "#130"))
    before = all_files(image)
    with transaction.atomic():
        attach_picture(image, store_picture(picture(300, 200, "#131")))
        image.save()
        image.delete()
        transaction.set_rollback(True)
    assert all(default_storage.exists(name) for name in before)


def test_renditions_of_a_picture_deleted_meanwhile_are_removed() -> None:
    image = ImageFactory(data=picture(300, 200, "#132"))
    data = image.file.read()
    image_in_the_worker = ProductImage.objects.get()
    ProductImage.objects.all().delete()
    store_file(str(image.file), data)  # as when the worker read it
    assert not make_renditions(image_in_the_worker)
    assert not Path(image.file.path).exists()
    assert not default_storage.exists(image.rendition_name(160, "jpg"))


def test_no_file_is_removed_during_a_backup() -> None:
    image = rendered(data=picture(300, 200, "#133"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [BACKUP_LOCK])

    def delete(_number: int) -> None:
        ProductImage.objects.all().delete()

    try:
        assert race(1, delete) == [None]
        assert all(default_storage.exists(name) for name in all_files(image))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [BACKUP_LOCK])
    assert remove_unused(image.sha256)
    assert not any(default_storage.exists(name) for name in all_files(image))
