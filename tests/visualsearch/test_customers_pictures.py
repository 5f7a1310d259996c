"""Customers' photos, and pictures that are not public, are nowhere taken for pictures of the product."""

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from catalog.feed.exporter import export_catalog
from catalog.feed.importer import import_catalog
from catalog.home import home_sections
from catalog.models import Product, ProductImage
from shop.accounts.models import Customer
from tests.factories import ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from tests.visualsearch.photos import by_photo
from visualsearch import index, shop_scenes
from visualsearch.adaptation.samples import read_gallery
from visualsearch.alike import look_alikes
from visualsearch.examples import examples
from visualsearch.guard import held_out_products
from visualsearch.labels import read_catalogue
from visualsearch.measuring.dataset import BadDataset
from visualsearch.models import Network
from visualsearch.networks import comparison
from visualsearch.photo import PhotoEmbedding
from visualsearch.quality import checks, index_recall, trials
from visualsearch.sample_photos import find_sample, samples
from visualsearch.words import refresh

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[{"is_from_customer": True}, {"is_public": False}], ids=["customer", "hidden"])
def unseen(request: pytest.FixtureRequest, network: Network) -> ProductImage:
    """The only picture of a mug, embedded and with renditions, as if it were a picture of the shop."""
    image = ImageFactory(product=ProductFactory(title="Halden mug"), data=pattern(1))
    index.refresh([image.pk], network)
    ProductImage.objects.filter(pk=image.pk).update(rendition_widths=[160, 240], **request.param)
    image.refresh_from_db()
    return image


def in_search(network: Network, now: datetime) -> int:
    photo = PhotoEmbedding(np.full(network.dimensions, network.dimensions**-0.5, np.float32), network)
    return len(by_photo(photo, Product.objects.visible(now), 10))


def among_look_alikes(network: Network, now: datetime) -> int:
    other = ImageFactory(product=ProductFactory(title="Other", category=Product.objects.get().category))
    index.refresh([other.pk], network)
    return len(look_alikes(other.product, Product.objects.visible(now), 8, 8).same_kind)


def as_example(network: Network, now: datetime) -> int:
    return len(examples(["halden-mug"], Product.objects.visible(now), network))


def in_words(network: Network, now: datetime) -> int:
    return len(refresh.sample(network, now)[0])


def in_the_map(network: Network, now: datetime) -> int:
    return len(read_gallery(network, now).images)


def in_calibration(network: Network, now: datetime) -> int:
    return len(shop_scenes.sample_pictures(network, now, 1, 10))


def in_quality(network: Network, now: datetime) -> int:
    keys = [Product.objects.get().pk]
    recall = index_recall.measure_index(network, now)
    return len(checks._sample(network, now)) + len(trials._subjects(network, keys)) + (recall is not None)


def in_training(network: Network, now: datetime) -> int:
    with pytest.raises(BadDataset):
        read_catalogue("product", now, Path())
    return len(held_out_products(now))


def in_comparisons(network: Network, now: datetime) -> int:
    return len(comparison._gallery(network, network).images)


def among_samples(network: Network, now: datetime) -> int:
    return len(samples(now)) + (find_sample(f"product-{ProductImage.objects.get().pk}", now) is not None)


def on_the_home_page(network: Network, now: datetime) -> int:
    return sum(each.sample_product is not None for each in home_sections(now)["categories"])


@pytest.mark.parametrize(
    "count",
    [in_search, among_look_alikes, as_example, in_words, in_the_map, in_calibration, in_quality, in_training,
     in_comparisons, among_samples, on_the_home_page],
)  # fmt: skip
def test_it_counts_nowhere(unseen: ProductImage, network: Network, count: Callable[[Network, datetime], int]) -> None:
    assert count(network, timezone.now()) == 0


def test_no_page_shows_it_as_a_picture_of_the_product(unseen: ProductImage, client: Client) -> None:
    for address in ("", "products/", "products/halden-mug/", "search/?q=mug", "api/v1/products/",
                    "api/v1/products/halden-mug/", "api/v1/search/suggest/?q=hal"):  # fmt: skip
        assert unseen.sha256 not in client.get(f"/{address}").content.decode(), address


@pytest.mark.parametrize("unseen", [{"is_from_customer": True}], indirect=True)
def test_exports_leave_it_out_and_imports_leave_it_alone(unseen: ProductImage, tmp_path: Path) -> None:
    own = ImageFactory(product=unseen.product, data=pattern(2))
    file = io.StringIO()
    export_catalog(file)
    assert own.sha256 in file.getvalue()
    assert unseen.sha256 not in file.getvalue()
    (tmp_path / "feed.csv").write_text(file.getvalue().replace(own.file.name or "", "new.jpg"))
    (tmp_path / "new.jpg").write_bytes(pattern(3))
    import_catalog(tmp_path / "feed.csv", tmp_path, timezone.now(), lambda *problem: pytest.fail(str(problem)))
    left = set(ProductImage.objects.values_list("pk", flat=True))
    assert unseen.pk in left
    assert own.pk not in left


@pytest.mark.parametrize("unseen", [{"is_from_customer": True}], indirect=True)
def test_staff_do_not_edit_it_with_the_product(unseen: ProductImage, client: Client) -> None:
    client.force_login(Customer.objects.create_superuser("staff@example.com"))
    for address in ("/admin/catalog/product/", f"/admin/catalog/product/{unseen.product_id}/change/"):
        assert unseen.sha256 not in client.get(address).content.decode()
    assert unseen.sha256 in client.get("/admin/catalog/productimage/?is_from_customer__exact=1").content.decode()


def test_the_picture_of_the_shop_counts_everywhere(network: Network) -> None:
    image = ImageFactory(product=ProductFactory(title="Halden mug"), data=pattern(1))
    index.refresh([image.pk], network)
    now = timezone.now()
    counts = (in_search, as_example, in_words, in_the_map, in_calibration, in_quality, in_comparisons)
    assert np.all([count(network, now) for count in counts])
