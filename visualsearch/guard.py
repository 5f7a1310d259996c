"""Refuse a trained network that does not find the shop's own products better than the live network.

A tenth of the products is held out: training sees none of their pictures, nor a file with the same bytes, and they do
not choose the epoch. They are drawn by a hash, so the next training, which may start from this network, holds out the
same ones. Both networks then search the whole catalogue with them: by pictures taken again, and by each picture of a
product that has several.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from catalog.models import Product, ProductImage
from visualsearch.embedding.card import file_sha256
from visualsearch.embedding.embedder import Embedder, Vectors
from visualsearch.labels import read_catalogue
from visualsearch.measuring.dataset import Labels, LabelSpace, embed_space
from visualsearch.measuring.progress import chunks_with_progress
from visualsearch.measuring.ranking import rank
from visualsearch.measuring.rephotograph import rephotograph_file
from visualsearch.networks.comparison import MAX_PICTURES, Measure, paired_interval

SHARE = 10  # one product in ten is held out
FEWEST = 5  # products: with fewer, chance decides
MAX_PRODUCTS = 1_000
QUERIES = 400  # pictures taken again, each several times in a small shop
MAX_RETAKES = 5

Found = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Verdict:
    """What the held-out products say about a network."""

    products: int
    measures: list[Measure]

    @property
    def is_better(self) -> bool:
        """Return True if one measure is better beyond chance and none is worse."""
        verdicts = {measure.verdict for measure in self.measures}
        return self.products >= FEWEST and "better" in verdicts and "worse" not in verdicts

    def figures(self) -> str:
        """Return a line for each measure."""
        return "\n".join(
            f"  {each.name}, {each.queries} searches for {each.products} products: live {each.old:.3f}, "
            f"new {each.new:.3f}, difference {each.new - each.old:+.3f} "
            f"(95% from {each.low:+.3f} to {each.high:+.3f}): {each.verdict}"
            for each in self.measures
        )


def held_out_products(now: datetime) -> frozenset[int]:
    """Return the keys of the products to hold out, none in a shop with fewer than four."""
    pictured = Product.objects.visible(now).filter(pk__in=ProductImage.objects.shown().values("product"))
    keys = sorted(pictured.values_list("pk", flat=True), key=lambda key: zlib.crc32(str(key).encode()))
    number = max(len(keys) // SHARE, min(FEWEST, len(keys) // 4))
    return frozenset(keys[: min(number, MAX_PRODUCTS)])


def held_out_hashes(products: frozenset[int]) -> frozenset[str]:
    """Return the hashes of their pictures."""
    return frozenset(ProductImage.objects.filter(product__in=products).values_list("sha256", flat=True))


def drop_held_out(space: LabelSpace, hashes: frozenset[str]) -> LabelSpace:
    """Return the pictures of a folder without files that are pictures of held-out products."""
    kept = [place for place, path in enumerate(space.paths) if file_sha256(path) not in hashes]
    return space if len(kept) == len(space) else space.subset(kept)


def judge(new: Embedder, live: Embedder, products: frozenset[int], now: datetime, folder: Path) -> Verdict:
    """Compare both networks on the held-out products. `folder` takes copies. Raises BadDataset."""
    catalogue = _sampled(read_catalogue("product", now, folder), products)
    assert catalogue.products is not None
    places = np.flatnonzero(np.isin(catalogue.products, sorted(products)))
    if not len(places):
        return Verdict(0, [])
    galleries = [embed_space(each, catalogue, "catalogue") for each in (live, new)]
    measures = [
        _taken_again((live, new), galleries, catalogue, places),
        _left_out(galleries, catalogue, places),
    ]
    return Verdict(len(np.unique(catalogue.products[places])), [each for each in measures if each])


def _sampled(catalogue: LabelSpace, products: frozenset[int]) -> LabelSpace:
    """Return the catalogue, or in a large shop the held-out products among MAX_PICTURES random pictures."""
    if len(catalogue) <= MAX_PICTURES or catalogue.products is None:
        return catalogue
    is_held_out = np.isin(catalogue.products, sorted(products))
    others = np.random.default_rng(0).permutation(np.flatnonzero(~is_held_out))
    number = max(0, MAX_PICTURES - int(is_held_out.sum()))
    return catalogue.subset(np.sort(np.concatenate([np.flatnonzero(is_held_out), others[:number]])))


def _taken_again(
    networks: tuple[Embedder, Embedder], galleries: Sequence[Vectors], catalogue: LabelSpace, places: Labels
) -> Measure | None:
    times = int(np.clip(QUERIES // len(places), 1, MAX_RETAKES))
    queries = [(int(place), (time, int(place))) for place in places for time in range(times)]
    found: tuple[list[bool], list[bool]] = ([], [])
    for chunk in chunks_with_progress(queries, 32, "held out, taken again"):
        photos = [rephotograph_file(catalogue.paths[place], seed) for place, seed in chunk]
        wanted = catalogue.labels[[place for place, _seed in chunk]]
        for network, gallery, hits in zip(networks, galleries, found, strict=True):
            hits += _is_first(network.embed(photos), wanted, gallery, catalogue.labels).tolist()
    labels = catalogue.labels[[place for place, _seed in queries]]
    return _measure("taken again", (np.array(found[0]), np.array(found[1])), labels)


def _left_out(galleries: Sequence[Vectors], catalogue: LabelSpace, places: Labels) -> Measure | None:
    several = places[np.bincount(catalogue.labels)[catalogue.labels[places]] > 1]
    if not len(several):
        return None
    labels = catalogue.labels[several]
    old, new = (_is_first(each[several], labels, each, catalogue.labels, several) for each in galleries)
    return _measure("another picture", (old, new), labels)


def _is_first(
    queries: Vectors, wanted: Labels, gallery: Vectors, labels: Labels, hidden: Labels | None = None
) -> Found:
    found: Found = rank(lambda some: some @ gallery.T, queries, wanted, labels, hidden).rank == 1
    return found


def _measure(name: str, found: tuple[Found, Found], labels: Labels) -> Measure:
    old, new = (each.astype(np.float32) for each in found)
    low, high = paired_interval(new - old, labels)
    return Measure(name, len(labels), len(np.unique(labels)), float(old.mean()), float(new.mean()), low, high)
