"""Words beside a photo, measured on the demo's customer photos, which training never sees.

python -m tests.benchmarks.bench_words_and_photo [--shop]

- A right word: the product's category, material, colour, or the first word of its title.
- Words that name nothing in the shop: what the texts add to a photo, what the pictures add, and both.
- Another colour: a photo of one variant, and the colour of another; the right answer is that variant.
- Where likeness ends: the number of results, how many are of the right category, whether the product is among them.
- Verdicts for photos of things that the shop sells, and of things that it does not.
- The colour slider: recall, and how many of the first five results have the colour of the product.
- Several photos: the mean vector of two photos of a product against each alone.

`--shop` measures the demo shop of this checkout instead of filling a scratch database.
"""

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from tests.benchmarks.scratch import scratch_database, table

# isort: split
# The import above prepares the settings that those below read.

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from catalog.models import Product
from catalog.pictures.checking import open_picture
from visualsearch import tasks
from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.matches import Matches, Ranking
from visualsearch.mixing import mean_of
from visualsearch.networks import serving
from visualsearch.photo import Photo, PhotoEmbedding, embed_photo
from visualsearch.wishes import Wish, read_wish
from visualsearch.words.bags import bag
from visualsearch.words.vocabulary import words_vector

DEMO = Path(settings.BASE_DIR) / "demo"
COLOUR, MATERIAL = "colour", "material"
MISSED = 10_000


@dataclass(frozen=True)
class Shot:
    """A customer's photo. `product` is None if the shop does not sell what it shows."""

    embedding: PhotoEmbedding
    product: Product | None
    is_whole: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shop", action="store_true")
    if parser.parse_args().shop:
        measure()
        return
    with scratch_database("bench_words_and_photo"):
        call_command("import_catalog", str(DEMO / "catalog.csv"), "--images", str(DEMO / "images"), verbosity=0)
        call_command("embed_images")
        tasks.learn_words()
        measure()


def measure() -> None:
    products = {each.slug: each for each in Product.objects.for_page()}
    shots = list(_shots(products))
    for title, chosen in (("whole photos", [s for s in shots if s.is_whole]),
                          ("photos, regions", [s for s in shots if not s.is_whole])):  # fmt: skip
        sold = [shot for shot in chosen if shot.product]
        table(f"Customer {title}", COLUMNS, list(_words(sold, products)))
        table(f"Words that steer, {title}", COLUMNS, list(_steered(sold)))
        table(f"Weight of the colour, {title}", [*COLUMNS, "same colour in 5"], list(_slider(sold)))
        table(f"Results, {title}", RESULTS, [_ends(sold)])
        table(f"Verdicts, {title}", ["of", "match", "unsure", "no match"], list(_verdicts(chosen)))
    table("Two photos of a product", COLUMNS, list(_several([shot for shot in shots if shot.product])))


COLUMNS = ["with", "queries", "R@1", "R@5"]
RESULTS = ["photos", "results, median", "right category", "product among them"]


def _shots(products: dict[str, Product]) -> Iterator[Shot]:
    network = serving.live()
    with (DEMO / "photos" / "truth.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            region = Region(*map(float, row["region"].split(","))) if row["region"] else WHOLE
            encoded = open_picture((DEMO / "photos" / row["photo"]).read_bytes())
            embedding = embed_photo(Photo.decode(encoded, network, region), network)
            yield Shot(embedding, products.get(row["product"]), region == WHOLE)


def _find(embedding: PhotoEmbedding, words: str = "", colour: float = 0.0) -> Matches:
    return Ranking(embedding, read_wish(words), colour).find(Product.objects.visible(timezone.now()))


def _rank(found: Matches, product: Product) -> int:
    keys = [hit.product_id for hit in found.hits]
    return keys.index(product.pk) if product.pk in keys else MISSED


def _row(name: str, ranks: list[int]) -> list[object]:
    return [name, len(ranks), *(sum(rank < at for rank in ranks) / max(1, len(ranks)) for at in (1, 5))]


def _words(shots: list[Shot], products: dict[str, Product]) -> Iterator[list[object]]:
    words: dict[str, Callable[[Product], str]] = {
        "the photo alone": lambda product: "",
        "+ category": lambda product: product.category.name,
        "+ material": lambda product: _value(product, MATERIAL),
        "+ colour": lambda product: _value(product, COLOUR),
        "+ colour and category": lambda product: f"{_value(product, COLOUR)} {product.category.name}",
        "+ first word of the title": lambda product: product.title.split()[0],
    }
    for name, word in words.items():
        asked = [(shot, word(shot.product)) for shot in shots if shot.product]
        asked = [(shot, text) for shot, text in asked if text.strip() or name == "the photo alone"]
        yield _row(name, [_rank(_find(shot.embedding, text), shot.product) for shot, text in asked if shot.product])
    variants = list(_variants(shots, products))
    yield _row("+ another variant's colour", [
        _rank(_find(shot.embedding, _value(other, COLOUR)), other) for shot, other in variants
    ])  # fmt: skip


def _steered(shots: list[Shot]) -> Iterator[list[object]]:
    """Ask for the learnt words of a product's text as if none named a category or value of the shop."""
    ways: dict[str, Callable[[Wish], Wish]] = {
        "the photo alone": lambda wish: Wish(wish.query),
        "+ a word in the texts": lambda wish: replace(wish, steering=""),
        "+ a word in the pictures": lambda wish: replace(wish, hints=()),
        "+ a word in both": lambda wish: wish,
    }
    visible = Product.objects.visible(timezone.now())
    asked = [
        (shot, shot.product, _unnamed(word))
        for shot in shots
        if shot.product
        for word in bag(f"{shot.product.title} {shot.product.keywords}")
    ]
    for name, change in ways.items():
        yield _row(name, [
            _rank(Ranking(shot.embedding, change(wish)).find(visible), product)
            for shot, product, wish in asked if words_vector(wish.steering)
        ])  # fmt: skip


def _unnamed(word: str) -> Wish:
    wish = read_wish(word)
    return Wish(wish.query, hints=(*wish.conditions, *wish.hints), steering=word)


def _variants(shots: Iterable[Shot], products: dict[str, Product]) -> Iterator[tuple[Shot, Product]]:
    """Pair each photo with the products that differ from its product in colour only, by their titles."""
    families: dict[tuple[str, int], list[Product]] = defaultdict(list)
    for product in products.values():
        families[product.title.split(",")[0], product.category_id].append(product)
    for shot in shots:
        if shot.product:
            for other in families[shot.product.title.split(",")[0], shot.product.category_id]:
                if _value(other, COLOUR) != _value(shot.product, COLOUR):
                    yield shot, other


def _slider(shots: list[Shot]) -> Iterator[list[object]]:
    colours = {each.pk: _value(each, COLOUR) for each in Product.objects.for_page()}
    for weight in (0.0, 0.05, 0.1, 0.3, 0.6, 1.0):
        found = [(shot.product, _find(shot.embedding, colour=weight)) for shot in shots if shot.product]
        same = [
            sum(colours[hit.product_id] == colours[product.pk] for hit in matches.hits[:5])
            / max(1, len(matches.hits[:5]))
            for product, matches in found
        ]
        row = _row(f"colour {weight:.2f}", [_rank(matches, product) for product, matches in found])
        yield [*row, sum(same) / len(same)]


def _ends(shots: list[Shot]) -> list[object]:
    categories = dict(Product.objects.values_list("pk", "category_id"))
    found = [(shot.product, _find(shot.embedding)) for shot in shots if shot.product]
    right = [
        sum(categories[hit.product_id] == product.category_id for hit in matches.hits) / max(1, len(matches.hits))
        for product, matches in found
    ]
    inside = sum(_rank(matches, product) < MISSED for product, matches in found) / len(found)
    return [len(found), median(len(matches.hits) for _product, matches in found), sum(right) / len(right), inside]


def _verdicts(shots: list[Shot]) -> Iterator[list[object]]:
    for name, chosen in (("sold", [s for s in shots if s.product]), ("not sold", [s for s in shots if not s.product])):
        counts = Counter(_find(shot.embedding).verdict for shot in chosen)
        yield [f"{name}, {len(chosen)}", counts["match"], counts["unsure"], counts["no_match"]]


def _several(shots: list[Shot]) -> Iterator[list[object]]:
    """Pair photos of a product, whole or cut out."""
    by_product: dict[int, list[Shot]] = defaultdict(list)
    for shot in shots:
        if shot.product:
            by_product[shot.product.pk].append(shot)
    pairs = [each[:2] for each in by_product.values() if len(each) > 1]
    single, mean, best = [], [], []
    for pair in pairs:
        product = pair[0].product
        assert product is not None
        single += [_rank(_find(shot.embedding), product) for shot in pair]
        mean.append(_rank(_find(mean_of([shot.embedding for shot in pair])), product))
        best.append(_best_of([_find(shot.embedding) for shot in pair], product))
    yield _row("one photo", single)
    yield _row("the mean of two", mean)
    yield _row("the better score of two", best)


def _best_of(found: list[Matches], product: Product) -> int:
    scores: dict[int, float] = {}
    for matches in found:
        for hit in matches.hits:
            scores[hit.product_id] = max(hit.score, scores.get(hit.product_id, -1.0))
    ranked = sorted(scores, key=lambda key: -scores[key])
    return ranked.index(product.pk) if product.pk in ranked else MISSED


def _value(product: Product, attribute: str) -> str:
    return next((each.value for each in product.attribute_values.all() if each.attribute.slug == attribute), "")


if __name__ == "__main__":
    main()
