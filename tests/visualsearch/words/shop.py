"""A shop with real pictures, whose vectors teach its words."""

from catalog.models import Product
from catalog.search import refresh_keywords
from tests.factories import CategoryFactory, ImageFactory, ProductFactory
from tests.visualsearch.pictures import encoded, thing
from visualsearch import index, tasks
from visualsearch.models import Network

NAMES = {"circle": "Plates", "stripes": "Rugs", "cross": "Crosses"}
HUES = {"red": 0, "green": 85, "blue": 160}
PRODUCTS = 27


def picture_of(shape: str, colour: str, seed: int) -> bytes:
    return encoded(thing(shape, HUES[colour], 1000 * seed + 10 * HUES[colour] + len(shape)))


def stock_the_shop(network: Network) -> list[Product]:
    """Create three kinds of things in three colours, three of each, and learn their words."""
    categories = {shape: CategoryFactory(name=NAMES[shape]) for shape in NAMES}
    products, pictures = [], []
    for seed in range(3):
        for shape in NAMES:
            for colour in HUES:
                product = ProductFactory(category=categories[shape], attributes={"colour": colour.title()})
                products.append(product)
                pictures.append(ImageFactory(product=product, data=picture_of(shape, colour, seed)).pk)
    refresh_keywords([product.pk for product in products])
    index.refresh(pictures, network)
    tasks.learn_words()
    return products
