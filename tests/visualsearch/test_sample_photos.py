"""Sample photos."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image
from pytest_django import Settings

from catalog.models import ProductImage
from catalog.pictures.services import make_renditions
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from tests.visualsearch.test_pages import URL, stock, titles
from visualsearch import index
from visualsearch.models import Network

pytestmark = pytest.mark.django_db


def test_sample_photo_is_served_and_searched_with(
    client: Client, network: Network, settings: Settings, tmp_path: Path
) -> None:
    stock(network)
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "01.jpg").write_bytes(pattern(2, size=480))
    (folder / "02.jpg").write_bytes(pattern(4))
    (folder / "truth.csv").write_text("photo,product,notes\n01.jpg,thing-2,sample; on a table\n02.jpg,thing-4,dark\n")
    settings.SAMPLE_PHOTOS = folder
    form = client.get(URL)
    assert [(sample.name, sample.alt) for sample in form.context["samples"]] == [("01.jpg", "thing 2, on a table")]
    offered = form.context["samples"][0]
    assert offered.thumbnail_url in form.content.decode()
    picture = client.get(offered.url)
    assert picture.getvalue() == (folder / "01.jpg").read_bytes()
    with Image.open(BytesIO(client.get(offered.thumbnail_url).content)) as small:
        assert (small.format, max(small.size)) == ("JPEG", 320)
    assert titles(client.get(URL, {"sample": "01.jpg"}))[0] == "Thing 2"
    for name in ("02.jpg", "../truth.csv", "truth.csv"):
        assert client.get(URL, {"sample": name}).status_code == 404
    assert client.get("/search/photo/samples/02.jpg").status_code == 404
    assert client.get("/search/photo/samples/02.jpg/thumbnail").status_code == 404


def samples_of(response: Any) -> list[str]:
    return [sample.product for sample in response.context["samples"]]


def rendered(seed: int, **product: Any) -> ProductImage:
    image = ImageFactory(product=ProductFactory(**product), data=pattern(seed))
    assert make_renditions(image)
    return image


def test_shop_without_demo_products_offers_its_own_pictures(
    client: Client, network: Network, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "01.jpg").write_bytes(pattern(9))
    (tmp_path / "truth.csv").write_text("photo,product,notes\n01.jpg,a-teapot,sample\n")
    settings.SAMPLE_PHOTOS = tmp_path
    image = rendered(2, slug="a-coat", title="A coat")
    index.refresh([image.pk], network)
    for address in ("/", URL):
        page = client.get(address).content.decode()
        assert f"sample=product-{image.pk}" in page
        assert "teapot" not in page
    assert client.get(URL, {"sample": "01.jpg"}).status_code == 404
    assert titles(client.get(URL, {"sample": f"product-{image.pk}"})) == ["A coat"]
    (offered,) = client.get(URL).context["samples"]
    assert client.get(offered.url).getvalue() == image.file.read()
    assert client.get(offered.thumbnail_url).headers["Content-Type"] == "image/jpeg"


def test_shop_without_pictures_offers_no_photos(
    client: Client, network: Network, settings: Any, tmp_path: Path
) -> None:
    settings.SAMPLE_PHOTOS = tmp_path
    ProductFactory()
    assert client.get(URL).context["samples"] == []
    assert "Try one of these" not in client.get("/").content.decode()


def test_samples_are_of_different_categories_and_no_placeholders(
    client: Client, network: Network, settings: Any, tmp_path: Path
) -> None:
    settings.SAMPLE_PHOTOS = tmp_path
    coats, shoes = CategoryFactory(name="Coats"), CategoryFactory(name="Shoes")
    for number in range(3):
        rendered(number, slug=f"coat-{number}", category=coats)
        rendered(99, slug=f"same-{number}", category=coats)
    rendered(7, slug="shoe", category=shoes)
    assert samples_of(client.get(URL)) == ["shoe", "coat-2", "coat-1", "coat-0"]


def test_hidden_products_are_no_samples(client: Client, network: Network, settings: Any, tmp_path: Path) -> None:
    settings.SAMPLE_PHOTOS = tmp_path
    hidden = rendered(1, status="draft")
    assert client.get(URL).context["samples"] == []
    for name in (f"product-{hidden.pk}", "product-", "product-x", "product-²", "product-" + "9" * 40):
        assert client.get(URL, {"sample": name}).status_code == 404
        assert client.get(f"/search/photo/samples/{name}").status_code == 404
    gone = rendered(2)
    Path(gone.file.path).unlink()
    for width in (160, 240):
        default_storage.delete(gone.rendition_name(width, "jpg"))
    assert client.get(URL, {"sample": f"product-{gone.pk}"}).status_code == 404
    assert client.get(f"/search/photo/samples/product-{gone.pk}/thumbnail").status_code == 404
