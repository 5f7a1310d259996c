"""Words beside a photo, and where likeness ends, with vectors of known cosines."""

from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from catalog.models import Category, Product
from catalog.search import refresh_keywords
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.many import Vectors
from visualsearch.matches import CLOSEST, FEW, Matches, Ranking
from visualsearch.models import Calibration, ImageEmbedding, Network, PictureColours, WordVector
from visualsearch.networks import serving
from visualsearch.photo import PhotoEmbedding
from visualsearch.wishes import read_wish

pytestmark = pytest.mark.django_db


def at(cosine: float, direction: int = 1) -> Vectors:
    """Return a unit vector with this cosine to the photo, which looks along the first axis."""
    vector = np.zeros(256, dtype=np.float32)
    vector[0], vector[direction] = cosine, np.sqrt(1 - cosine**2)
    return vector


def only(index: int) -> list[float]:
    """Return a histogram of one colour."""
    return [float(place == index) for place in range(48)]


@pytest.fixture
def photo(network: Network) -> PhotoEmbedding:
    network.card = network.card | {"match_threshold": 0.6}
    return PhotoEmbedding(at(1.0), network)


@pytest.fixture
def mugs() -> Category:
    return CategoryFactory(name="Mugs")


@pytest.fixture
def chairs() -> Category:
    return CategoryFactory(name="Chairs")


def add(title: str, cosine: float, network: Network, colour: int | None = None, **fields: Any) -> Product:
    product = ProductFactory(title=title, **fields)
    image = ImageFactory(product=product)
    number = Product.objects.count()
    ImageEmbedding.objects.create(
        image=image, network=network, vector=at(cosine, number).tolist(), image_sha256=image.sha256
    )
    if colour is not None:
        PictureColours.objects.create(image=image, histogram=only(colour), image_sha256=image.sha256, version=1)
    return product


def find(photo: PhotoEmbedding, words: str = "", colour: float = 0.0, **fields: Any) -> Matches:
    refresh_keywords(Product.objects.values_list("pk", flat=True))
    return Ranking(photo, read_wish(words), colour, **fields).find(Product.objects.visible(timezone.now()))


def titles(found: Matches) -> list[str]:
    names = dict(Product.objects.values_list("pk", "title"))
    return [names[hit.product_id] for hit in found.hits]


def test_results_end_where_likeness_ends(photo: PhotoEmbedding, mugs: Category, chairs: Category) -> None:
    """A mug far from the photo is a mug; a chair must be much closer to be shown."""
    add("Near mug", 0.9, photo.network, category=mugs)
    add("Far mug", 0.4, photo.network, category=mugs)
    add("Other mug", 0.1, photo.network, category=mugs)
    add("Mug-like chair", 0.7, photo.network, category=chairs)
    add("Chair", 0.5, photo.network, category=chairs)
    assert titles(find(photo)) == ["Near mug", "Mug-like chair", "Far mug"]


@pytest.mark.parametrize(("best", "verdict"), [(0.61, "match"), (0.55, "unsure"), (0.45, "no_match")])
def test_verdict_depends_on_the_best_score(photo: PhotoEmbedding, mugs: Category, best: float, verdict: str) -> None:
    add("Mug", best, photo.network, category=mugs)
    assert find(photo).verdict == verdict


def test_verdict_follows_the_calibration(photo: PhotoEmbedding, mugs: Category) -> None:
    """A score that the card calls a match is unsure in a shop where other things score as much."""
    add("Mug", 0.61, photo.network, category=mugs)
    assert find(photo).verdict == "match"
    Calibration.objects.create(
        network=photo.network, bias=-14.0, weights=[20.0, 0.0], none_below=0.1, match_from=0.7,
        bins=[[0, 0]] * 10, verdicts=[[0, 0, 0]] * 2, pictures=1, calibrated_at=timezone.now(),
    )  # fmt: skip
    serving.current()
    assert find(photo).verdict == "unsure"


def test_no_match_shows_a_few_nearest_products(photo: PhotoEmbedding, mugs: Category) -> None:
    for number in range(FEW + 3):
        add(f"Mug {number}", 0.2 - 0.01 * number, photo.network, category=mugs)
    found = find(photo)
    assert found.verdict == "no_match"
    assert titles(found) == [f"Mug {number}" for number in range(FEW)]


def test_no_match_shows_more_that_are_of_the_same_kind(photo: PhotoEmbedding, mugs: Category) -> None:
    for number in range(CLOSEST + 3):
        add(f"Mug {number}", 0.4 - 0.005 * number, photo.network, category=mugs)
    found = find(photo)
    assert found.verdict == "no_match"
    assert titles(found) == [f"Mug {number}" for number in range(CLOSEST)]


def test_category_word_comes_first_and_the_rest_follows(
    photo: PhotoEmbedding, mugs: Category, chairs: Category
) -> None:
    add("Near", 0.9, photo.network, category=mugs)
    add("Seat", 0.3, photo.network, category=chairs)
    add("Better seat", 0.4, photo.network, category=chairs)
    assert titles(find(photo, "chairs")) == ["Better seat", "Seat", "Near"]


def test_colour_word_finds_that_variant_before_other_things_of_the_colour(
    photo: PhotoEmbedding, mugs: Category, chairs: Category
) -> None:
    add("Red cup", 0.9, photo.network, category=mugs, attributes={"colour": "red"})
    add("Cup", 0.55, photo.network, category=mugs, attributes={"colour": "blue"})
    add("Seat", 0.6, photo.network, category=chairs, attributes={"colour": "blue"})
    assert titles(find(photo, "blue")) == ["Cup", "Seat", "Red cup"]


def test_right_word_raises_the_product(photo: PhotoEmbedding, mugs: Category) -> None:
    add("Wrong", 0.85, photo.network, category=mugs, attributes={"material": "glass"})
    add("Right", 0.8, photo.network, category=mugs, attributes={"material": "oak"})
    assert titles(find(photo)) == ["Wrong", "Right"]
    assert titles(find(photo, "oak")) == ["Right", "Wrong"]


def test_other_words_do_not_overturn_a_clear_match(photo: PhotoEmbedding, mugs: Category) -> None:
    add("Halden", 0.9, photo.network, category=mugs)
    add("Tarn", 0.75, photo.network, category=mugs)
    add("Fen", 0.7, photo.network, category=mugs)
    assert titles(find(photo, "fen")) == ["Halden", "Fen", "Tarn"]


@pytest.mark.parametrize(("threshold", "first"), [(0.5, "Two"), (None, "One")])
def test_other_words_raise_products_whose_pictures_show_them(
    photo: PhotoEmbedding, mugs: Category, threshold: float | None, first: str
) -> None:
    add("One", 0.85, photo.network, category=mugs)
    add("Two", 0.8, photo.network, category=mugs)
    looks = {"vector": at(0.0, 2).tolist(), "middle": 0.0, "threshold": threshold}
    WordVector.objects.create(network=photo.network, word="tartan", products=5, rarity=1.0, **looks)
    assert titles(find(photo)) == ["One", "Two"]
    assert titles(find(photo, "tartan"))[0] == first
    assert find(photo, "tartan").hits[0].score == pytest.approx({"One": 0.85, "Two": 0.8}[first], abs=0.01)


def test_price_and_negation_filter(photo: PhotoEmbedding, mugs: Category) -> None:
    add("Dear", 0.9, photo.network, category=mugs, price="50.00")
    add("Cheap", 0.8, photo.network, category=mugs, price="9.00", attributes={"material": "oak"})
    add("Plain", 0.7, photo.network, category=mugs, price="9.00", attributes={"material": "glass"})
    assert titles(find(photo, "under 20")) == ["Cheap", "Plain"]
    assert titles(find(photo, "under 20 not glass")) == ["Cheap"]


def test_words_that_nothing_meets_change_nothing(photo: PhotoEmbedding, mugs: Category) -> None:
    add("One", 0.9, photo.network, category=mugs)
    add("Two", 0.8, photo.network, category=mugs)
    assert titles(find(photo, "xylophone")) == ["One", "Two"]


def test_products_left_out_still_say_where_likeness_ends(
    photo: PhotoEmbedding, mugs: Category, chairs: Category
) -> None:
    itself = add("Itself", 1.0, photo.network, category=mugs)
    add("Mug", 0.5, photo.network, category=mugs)
    add("Chair", 0.5, photo.network, category=chairs)
    assert titles(find(photo, left_out=frozenset([itself.pk]))) == ["Mug"]


def test_colour_ranks_by_the_colours_of_the_nearest_picture(photo: PhotoEmbedding, mugs: Category) -> None:
    add("Blue", 0.9, photo.network, category=mugs, colour=1)
    add("Red", 0.8, photo.network, category=mugs, colour=2)
    add("Also blue", 0.6, photo.network, category=mugs, colour=1)
    assert titles(find(photo)) == ["Blue", "Red", "Also blue"]
    assert titles(find(photo, colour=0.6)) == ["Blue", "Also blue", "Red"]


def test_colour_of_the_photo_counts_too(photo: PhotoEmbedding, mugs: Category) -> None:
    """It shares no colour with the nearest picture, so its own colour comes second and others last."""
    red = PhotoEmbedding(photo.vector, photo.network, np.array(only(2), dtype=np.float32))
    add("Blue", 0.9, photo.network, category=mugs, colour=1)
    add("Green", 0.85, photo.network, category=mugs, colour=3)
    add("Red", 0.6, photo.network, category=mugs, colour=2)
    assert titles(find(red, colour=0.8)) == ["Blue", "Red", "Green"]


def test_pictures_without_colours_rank_by_shape_alone(photo: PhotoEmbedding, mugs: Category) -> None:
    add("One", 0.9, photo.network, category=mugs)
    add("Two", 0.8, photo.network, category=mugs)
    assert titles(find(photo, colour=0.5)) == ["One", "Two"]
