"""Embedding pictures: once each, after any failure, in parallel, and with attempts that kill the process."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import FileSystemStorage
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from catalog.models import ProductImage
from catalog.pictures.services import add_picture
from tests.factories import ImageFactory, ProductFactory
from tests.races import race
from tests.visualsearch.conftest import pattern
from visualsearch import index
from visualsearch.models import ImageEmbedding, Network
from visualsearch.networks import backlog, hnsw, inventory, loading, serving

pytestmark = pytest.mark.django_db


def picture(seed: int) -> ProductImage:
    return ImageFactory(data=pattern(seed))


def damage(image: ProductImage) -> None:
    Path(image.file.path).write_bytes(b"no picture any more")


def vector_of(image: ProductImage) -> np.ndarray:
    return np.array(ImageEmbedding.objects.get(image=image).vector)


def test_missing_returns_pictures_without_a_row(network: Network) -> None:
    first, second = picture(1), picture(2)
    assert list(backlog.missing(network)) == [first.pk, second.pk]
    assert list(backlog.missing(network, [second.pk])) == [second.pk]


def test_refresh_writes_unit_vectors_of_the_network(network: Network) -> None:
    image = picture(1)
    assert index.refresh([image.pk], network) == 1
    expected = loading.embedder(network).embed([pattern(1)])[0]
    assert np.linalg.norm(vector_of(image)) == pytest.approx(1, abs=1e-3)
    # The stored file is encoded again without its metadata, so it is not the same to the last bit.
    assert float(vector_of(image) @ expected) > 0.99
    assert not backlog.missing(network)


def test_refresh_twice_does_nothing_the_second_time(network: Network) -> None:
    image = picture(1)
    index.refresh([image.pk], network)
    written_at = ImageEmbedding.objects.get(image=image).updated_at
    assert index.refresh([image.pk], network) == 0
    assert ImageEmbedding.objects.get(image=image).updated_at == written_at


def test_refresh_follows_new_bytes(network: Network) -> None:
    image, other = picture(1), picture(2)
    index.refresh([image.pk], network)
    ProductImage.objects.filter(pk=image.pk).update(file=other.file.name, sha256=other.sha256)
    assert image.pk in backlog.missing(network)
    index.refresh([image.pk, other.pk], network)
    assert np.array_equal(vector_of(image), vector_of(other))


def test_refresh_reuses_the_vector_of_equal_bytes(network: Network) -> None:
    image = picture(1)
    index.refresh([image.pk], network)
    again = add_picture(ProductFactory(), pattern(1))
    damage(again)
    index.refresh([again.pk], network)
    assert np.array_equal(vector_of(again), vector_of(image))


def test_refresh_reads_the_same_bytes_once_in_a_batch(network: Network, settings: Settings) -> None:
    settings.VISUALSEARCH_BATCH = 8
    images = [picture(7) for _ in range(4)]
    assert index.refresh([image.pk for image in images], network) == 4
    assert len({tuple(vector_of(image)) for image in images}) == 1


def test_refresh_records_an_unreadable_picture_and_embeds_the_rest(network: Network) -> None:
    images = [picture(seed) for seed in range(4)]
    damage(images[1])
    index.refresh([image.pk for image in images], network)
    failed = ImageEmbedding.objects.get(image=images[1])
    assert failed.vector is None
    assert "picture" in failed.error
    assert ImageEmbedding.objects.filter(vector__isnull=False).count() == 3


def test_refresh_gives_up_after_some_attempts_and_retry_starts_again(network: Network) -> None:
    image = picture(1)
    Path(image.file.path).unlink()
    for attempt in (1, 2, 3):
        assert image.pk in backlog.missing(network)
        index.refresh([image.pk], network)
        assert ImageEmbedding.objects.get(image=image).attempts == attempt
    assert not backlog.missing(network)
    assert "could not be read" in ImageEmbedding.objects.get(image=image).error
    assert index.retry(ImageEmbedding.objects.all()) == [image.pk]
    assert image.pk in backlog.missing(network)


def test_refresh_recovers_when_the_storage_comes_back(network: Network) -> None:
    image = picture(1)
    path = Path(image.file.path)
    original = path.read_bytes()
    path.unlink()
    index.refresh([image.pk], network)
    path.write_bytes(original)
    index.refresh([image.pk], network)
    embedding = ImageEmbedding.objects.get(image=image)
    assert embedding.vector is not None
    assert embedding.error == ""


def test_refresh_gives_new_bytes_new_attempts(network: Network) -> None:
    image = picture(1)
    damage(image)
    for _ in range(3):
        index.refresh([image.pk], network)
    other = picture(2)
    ProductImage.objects.filter(pk=image.pk).update(file=other.file.name, sha256=other.sha256)
    index.refresh([image.pk], network)
    embedding = ImageEmbedding.objects.get(image=image)
    assert embedding.vector is not None
    assert embedding.attempts == 1


def test_refresh_skips_deleted_pictures(network: Network) -> None:
    image = picture(1)
    assert index.refresh([image.pk, 10**9], network) == 1


def test_refresh_raises_database_errors(network: Network) -> None:
    image = picture(1)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE visualsearch_imageembedding RENAME COLUMN error TO mistake")
    with pytest.raises(DatabaseError):
        index.refresh([image.pk], network)


def test_networks_of_different_dimensions_share_the_table(network: Network, other: Network) -> None:
    image = picture(1)
    index.refresh([image.pk], network)
    assert list(backlog.missing(other)) == [image.pk]
    index.refresh([image.pk], other)
    found = {row.network: len(row.vector) for row in ImageEmbedding.objects.filter(image=image) if row.vector}
    assert found == {network: 256, other: 96}


@pytest.mark.django_db(transaction=True)
def test_delete_vectors_keeps_those_of_other_networks(other_card: Path) -> None:
    network, other, image = serving.live(), inventory.add(str(other_card)), picture(1)
    for each in (network, other):
        index.refresh([image.pk], each)
        hnsw.build(each)
    hnsw.delete_vectors(other)
    hnsw.delete_vectors(other)
    assert ImageEmbedding.objects.get().network == network
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'embedding_hnsw_%'")
        names = {row[0] for row in cursor.fetchall()}
    assert hnsw.index_name(network) in names
    assert hnsw.index_name(other) not in names


def test_deleting_a_picture_leaves_no_embedding(network: Network) -> None:
    image = picture(1)
    index.refresh([image.pk], network)
    image.delete()
    assert not ImageEmbedding.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_parallel_refreshes_embed_each_picture_once() -> None:
    network = serving.live()
    ids = [picture(seed).pk for seed in range(12)]
    loading.embedder(network)
    outcomes = race(3, lambda _number: index.refresh(ids, network))
    written = [each for each in outcomes if isinstance(each, int)]
    errors = [each for each in outcomes if isinstance(each, Exception)]
    assert errors == []
    assert sum(written) == 12
    assert ImageEmbedding.objects.filter(vector__isnull=False, attempts=1).count() == 12


@pytest.mark.django_db(transaction=True)
def test_parallel_batches_do_not_block_each_other() -> None:
    """A worker embeds all of its batch while another is busy. Skipped pictures would wait for a sweep."""
    network = serving.live()
    mine, others = ([picture(seed).pk for seed in range(first, first + 6)] for first in (0, 6))
    written: list[int] = []
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_productimage")  # so few that they are all read

    def work() -> None:
        written.append(index.refresh(others, network))
        connection.close()

    with transaction.atomic():
        index.refresh(mine, network)
        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
    assert written == [6]


@pytest.mark.django_db(transaction=True)
def test_build_drops_the_old_index_with_equal_vectors() -> None:
    network = serving.live()
    before = f"embedding_hnsw_{network.pk}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX {before} ON visualsearch_imageembedding (id)")
        hnsw.build(network)
        cursor.execute("SELECT to_regclass(%s), to_regclass(%s)", [before, hnsw.index_name(network)])
        assert cursor.fetchone() == (None, hnsw.index_name(network))
    hnsw.delete_vectors(network)


@pytest.mark.django_db(transaction=True)
def test_build_makes_a_valid_index_and_repairs_an_invalid_one() -> None:
    network = serving.live()
    hnsw.build(network)
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"
    name = hnsw.index_name(network)
    with connection.cursor() as cursor:
        cursor.execute(valid, [name])
        assert cursor.fetchone() == (True,)
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(%s)", [name])
        hnsw.build(network)
        cursor.execute(valid, [name])
        assert cursor.fetchone() == (True,)
        cursor.execute(f"DROP INDEX {name}")


@pytest.mark.django_db(transaction=True)
def test_build_leaves_the_index_to_the_next_sweep_while_another_process_builds() -> None:
    network = serving.live()
    hnsw.delete_vectors(network)
    name = "SELECT to_regclass(%s)"

    def other_process() -> None:
        hnsw.build(network)
        connection.close()

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [hnsw.BUILD_LOCK])
        worker = threading.Thread(target=other_process)
        worker.start()
        worker.join()
        cursor.execute(name, [hnsw.index_name(network)])
        assert cursor.fetchone() == (None,)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [hnsw.BUILD_LOCK])
        hnsw.build(network)
        cursor.execute(name, [hnsw.index_name(network)])
        assert cursor.fetchone() == (hnsw.index_name(network),)


class DyingStorage(FileSystemStorage):
    """Simulate a crash when opening files whose name contains `fatal`."""

    fatal = ""
    is_on = False

    def _open(self, name: str, mode: str = "rb") -> Any:
        if self.is_on and self.fatal and self.fatal in name:
            raise SystemExit
        return super()._open(name, mode)  # type: ignore[misc]  # missing from django-stubs


@pytest.fixture
def fatal(settings: Any) -> Iterator[ProductImage]:
    """Create a picture that crashes the process that opens it."""
    image = picture(4)
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.DyingStorage"}}
    DyingStorage.fatal = image.sha256
    yield image
    DyingStorage.fatal = ""


def refresh_until_it_ends(network: Network) -> bool:
    """Return False if the process ended."""
    DyingStorage.is_on = True
    try:
        index.refresh(list(backlog.missing(network)), network)
    except SystemExit:
        return False
    finally:
        DyingStorage.is_on = False
    return True


def test_attempt_is_recorded_before_the_picture_is_embedded(network: Network, fatal: ProductImage) -> None:
    others = [picture(1), picture(2)]
    assert not refresh_until_it_ends(network)
    for image in (fatal, *others):
        row = ImageEmbedding.objects.get(image=image)
        assert (row.attempts, row.began_at is None, row.error) == (1, False, index.UNFINISHED)
    assert index.suspects(network, [fatal.pk, others[0].pk]) == {fatal.pk, others[0].pk}


def test_others_are_embedded_although_one_ends_the_process_each_time(network: Network, fatal: ProductImage) -> None:
    others = [picture(1), picture(2), picture(3)]
    again = add_picture(ProductFactory(), pattern(4))
    ended = [refresh_until_it_ends(network) for _ in range(3)]
    assert ended == [False, False, False]
    assert ImageEmbedding.objects.filter(image__in=others, vector__isnull=False, began_at=None).count() == 3
    assert not backlog.missing(network, [fatal.pk, again.pk])
    assert set(ImageEmbedding.objects.filter(vector=None).values_list("attempts", "error")) == {(3, index.UNFINISHED)}


def test_given_up_bytes_are_not_tried_for_another_product(network: Network, fatal: ProductImage) -> None:
    for _ in range(3):
        refresh_until_it_ends(network)
    again = add_picture(ProductFactory(), pattern(4))
    assert refresh_until_it_ends(network)
    assert ImageEmbedding.objects.get(image=again).error == index.UNFINISHED
    assert not backlog.missing(network)


def test_staff_can_retry_a_given_up_picture(network: Network, fatal: ProductImage) -> None:
    for _ in range(3):
        refresh_until_it_ends(network)
    again = add_picture(ProductFactory(), pattern(4))
    refresh_until_it_ends(network)
    DyingStorage.fatal = ""
    index.retry(ImageEmbedding.objects.filter(image=fatal))
    assert set(backlog.missing(network)) == {fatal.pk, again.pk}
    assert refresh_until_it_ends(network)
    assert ImageEmbedding.objects.filter(vector__isnull=False, began_at=None, attempts=1).count() == 2


def test_unfinished_attempt_counts_as_untried(network: Network, fatal: ProductImage) -> None:
    since = timezone.now()
    refresh_until_it_ends(network)
    assert list(backlog.untried(network, since)) == [fatal.pk]
