"""A refused picture is gone wherever the shop showed it, its product is still sold, and an undo brings it back."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Product, ProductImage
from catalog.pictures.services import make_renditions
from shop.accounts.models import Customer
from shop.recommendations.models import BoughtTogether
from shop.wishlist import services as wishlist
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.conftest import pattern
from tests.visualsearch.photos import embedded
from tests.visualsearch.test_pages import upload
from visualsearch import index
from visualsearch.adaptation.samples import read_gallery
from visualsearch.embedding_token import write_token
from visualsearch.labels import read_catalogue
from visualsearch.measuring.dataset import BadDataset
from visualsearch.models import ImageEmbedding, Network, PictureColours, Reason, Verdict, VerdictState
from visualsearch.moderation import decisions
from visualsearch.moderation.decisions import Choice
from visualsearch.networks import comparison, serving
from visualsearch.quality import checks
from visualsearch.quality.trials import try_products
from visualsearch.shop_scenes import sample_pictures
from visualsearch.words.refresh import sample

pytestmark = pytest.mark.django_db
NOW = timezone.now()
REFUSE = Choice(VerdictState.REFUSED, "alice@example.com", Reason.COPY)


def picture_of(product: Product, seed: int, *, again: bool = False) -> ProductImage:
    """Add a public, embedded picture with renditions and a verdict."""
    image = ImageFactory(product=product, data=pattern(seed, again=again), alt="Patterned")
    index.refresh([image.pk], serving.live())
    make_renditions(image)
    Verdict.objects.create(image=image, image_sha256=image.sha256, state="allowed", rules=1, checked_at=NOW)
    image.refresh_from_db()
    assert image.rendition_widths
    return image


@pytest.fixture
def mug(network: Network) -> ProductImage:
    """Return the only picture of a mug, in a shop that shows it in every place there is."""
    kitchen = CategoryFactory(name="Kitchen")
    common: dict[str, Any] = {"category": kitchen, "regular_price": "20.00"}
    mug = ProductFactory(title="Halden mug", family="halden", **common)
    others = [ProductFactory(title="Halden cup", family="halden", **common)]
    others += [ProductFactory(title=f"Bowl {number}", **common) for number in range(3)]
    for number, other in enumerate(others):
        picture_of(other, 1 if other.title == "Bowl 0" else 20 + number, again=other.title == "Bowl 0")
    lid = ProductFactory(title="Lid", category=CategoryFactory(name="Lids"))
    BoughtTogether.objects.create(product=lid, other=mug, orders=9, score=0.9)
    return picture_of(mug, 1)


@pytest.fixture
def client(mug: ProductImage) -> Client:
    """Return a customer who has the mug in the cart and on a shared wishlist, and has viewed a bowl."""
    alice = Customer.objects.create_user("alice@example.com")
    wishlist.add_products(alice, [mug.product_id], NOW)
    wishlist.share(alice)
    client = Client()
    client.force_login(alice)
    client.post("/cart/add/", {"variant": mug.product.variants.get().pk, "quantity": 1})
    client.get("/products/bowl-0/more/", headers={"HX-Request": "true"})
    return client


def shared(client: Client) -> str:
    return f"/wishlist/shared/{wishlist.share_token(Customer.objects.get())}/"


Ask = Callable[[], Any]


def places(client: Client, image: ProductImage, network: Network) -> dict[str, Ask]:
    """Return how to ask for each place that shows the picture."""
    look = write_token(embedded(pattern(1, again=True), network))
    addresses = {
        "home": "/", "list": "/products/", "category": "/products/?category=kitchen", "page": "/products/halden-mug/",
        "colour of a card": "/products/?category=kitchen&sort=price", "words": "/search/?q=halden",
        "swatch": "/products/halden-cup/", "look-alikes": "/products/bowl-0/",
        "like another": "/search/photo/?like=bowl-0",
        "goes with": "/products/lid/more/", "cart": "/cart/", "wishlist": "/wishlist/", "shared": shared(client),
        "samples": "/search/photo/", "for you": "/for-you/",
        "API list": "/api/v1/products/", "API page": "/api/v1/products/halden-mug/",
        "API words": "/api/v1/search/?q=halden",
        "API suggestions": "/api/v1/search/suggest/?q=hal", "API similar": "/api/v1/products/bowl-0/similar/",
        "API like": "/api/v1/search/photo/?like=bowl-0", "API goes with": "/api/v1/products/lid/goes-with/",
        "API recommendations": "/api/v1/recommendations/?viewed=bowl-0", "API wishlist": "/api/v1/wishlist/",
        "API cart": "/api/v1/cart/",
    }  # fmt: skip
    found: dict[str, Ask] = {name: partial(client.get, address) for name, address in addresses.items()}
    found["photo"] = lambda: by_photo(client, "/search/photo/")
    found["API photo"] = lambda: by_photo(client, "/api/v1/search/photo/")
    found["why"] = lambda: client.get(f"/search/photo/why/?{urlencode({'image': image.pk, 'look': look})}")
    return found


def by_photo(client: Client, address: str) -> Any:
    return client.post(address, {"photo": upload(pattern(1, again=True))})


def showing(asked: dict[str, Ask], image: ProductImage) -> set[str]:
    """Return the places whose answer names a file of the picture, or shows its pixels."""
    found = set()
    for name, ask in asked.items():
        response = ask()
        body = response.content.decode()
        shown = {"why": "data:image/jpeg", "samples": f"product-{image.pk}"}.get(name, image.sha256)
        if image.sha256 in body or shown in body:
            found.add(name)
    return found


def files_of(image: ProductImage) -> list[str]:
    """Return every address at which the shop has served the picture itself."""
    renditions = [
        image.rendition_url(width, kind) for width in image.rendition_widths for kind in ("jpg", "webp", "avif")
    ]
    sample = [reverse("visualsearch:sample" + name, args=[f"product-{image.pk}"]) for name in ("", "_thumbnail")]
    return [*renditions, *sample, f"/pictures/{image.sha256}/", image.file.url]


def decide(image: ProductImage, run: Any, choice: Choice | None) -> None:
    """Decide on the picture and run what follows; None undoes."""
    key = Verdict.objects.get(image=image).pk
    with run(execute=True):
        assert decisions.decide([key], choice, NOW) if choice else decisions.undo(key, "alice@example.com", NOW)


def test_a_refused_picture_is_gone_everywhere_and_comes_back(
    mug: ProductImage, client: Client, network: Network, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.MODERATION, settings.SAMPLE_PHOTOS = "hold", None
    asked, files = places(client, mug, network), files_of(mug)
    assert set(asked) - showing(asked, mug) == set(), "these places do not show the picture to begin with"
    assert [client.get(file).status_code for file in files[:-1]].count(404) <= len(mug.rendition_widths)

    decide(mug, django_capture_on_commit_callbacks, REFUSE)
    assert showing(asked, mug) == set()
    assert {client.get(file).status_code for file in files} == {404}

    decide(mug, django_capture_on_commit_callbacks, None)
    mug.refresh_from_db()
    make_renditions(mug)
    assert set(asked) - showing(asked, mug) == set()
    assert client.get(mug.largest_url).status_code == 200


def test_a_product_whose_only_picture_waits_is_still_sold(
    mug: ProductImage, client: Client, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.MODERATION = "hold"
    decide(mug, django_capture_on_commit_callbacks, REFUSE)
    for address in (
        "/products/",
        "/search/?q=halden",
        "/cart/",
        "/wishlist/",
        "/api/v1/products/",
        "/sitemap-products.xml",
    ):
        assert "halden-mug" in client.get(address).content.decode(), address
    page = client.get("/products/halden-mug/")
    assert page.status_code == 200
    assert "Add to cart" in page.content.decode()
    for address in (
        "/search/photo/?like=halden-mug",
        "/products/halden-mug/more/",
        "/api/v1/products/halden-mug/similar/",
    ):
        assert client.get(address).status_code in (200, 404), address


def test_nothing_is_learnt_or_measured_with_hidden_pictures(
    mug: ProductImage, network: Network, tmp_path: Any
) -> None:
    products = Product.objects.all()

    def learnt_from() -> dict[str, bool]:
        trials = try_products(network, [mug.product_id], products.visible(NOW))
        return {
            "words": any("mug" in bag for bag in sample(network, NOW)[0]),
            "map": mug.pk in read_gallery(network, NOW).images,
            "calibration": mug.pk in {each.image for each in sample_pictures(network, NOW, 5, 50)},
            "quality": bool(trials),
            "sample of quality": mug.product_id in checks._sample(network, NOW),
            "comparison": mug.pk in {row[0] for row in comparison._embedded(network)},
            "training": "halden-mug" in read_catalogue("product", NOW, tmp_path).classes,
            "likeness": ImageEmbedding.objects.shown(network).filter(image=mug).exists(),
        }

    assert set(learnt_from().values()) == {True}
    for hidden in ({"is_public": False}, {"is_public": True, "is_from_customer": True}):
        ProductImage.objects.filter(pk=mug.pk).update(**hidden)
        assert set(learnt_from().values()) == {False}, hidden


def test_a_shop_without_public_pictures_has_nothing_to_train_on(mug: ProductImage, tmp_path: Any) -> None:
    ProductImage.objects.update(is_public=False)
    with pytest.raises(BadDataset):
        read_catalogue("product", NOW, tmp_path)
    assert not PictureColours.objects.filter(image__is_public=True).exists()
