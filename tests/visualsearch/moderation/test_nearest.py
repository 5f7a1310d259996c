"""The statement that finds what to compare uses the indexes, and each once for a candidate."""

import json
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import ProductImage
from tests.factories import CategoryFactory
from tests.visualsearch.moderation.made import stock, vector
from visualsearch.models import Network, PicturePrint
from visualsearch.moderation import nearest
from visualsearch.moderation.nearest import Probe, as_bits
from visualsearch.networks import hnsw

NUMBER = 60


@pytest.fixture
def pictures(network: Network) -> list[ProductImage]:
    images = stock(CategoryFactory(), 1, NUMBER, network)
    random = np.random.default_rng(0)
    PicturePrint.objects.bulk_create(
        PicturePrint(image=image, image_sha256=image.sha256, hash=as_bits(random.random(64) < 0.5), small=b"",
                     first_at=timezone.now()) for image in images
    )  # fmt: skip
    return images


def probes(images: list[ProductImage], network: Network) -> list[Probe]:
    random = np.random.default_rng(1)
    return [Probe([vector(1, seed, network)], random.random(64) < 0.5, image.sha256, image.pk)
            for seed, image in enumerate(images)]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_both_indexes_are_used_once_for_each_candidate(network: Network, pictures: list[ProductImage]) -> None:
    hnsw.build(network)
    batch = probes(pictures[-3:], network)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE visualsearch_imageembedding, visualsearch_pictureprint")
        cursor.execute("SET random_page_cost = 0.01; SET enable_sort = off")
        try:
            explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {nearest.statement(network)}"
            cursor.execute(explain, nearest.parameters(batch))
            plan = cursor.fetchone()[0]
        finally:
            cursor.execute("RESET random_page_cost; RESET enable_sort")
    plan = json.loads(plan) if isinstance(plan, str) else plan
    loops = index_loops(plan[0]["Plan"])
    assert {name: loops[name] for name in loops if name.startswith(("embedding_hnsw", "print_by_hash"))} == {
        next(name for name in loops if name.startswith("embedding_hnsw")): 3, "print_by_hash": 3,
    }  # fmt: skip


@pytest.mark.django_db
def test_the_nearest_earlier_pictures_of_others_are_found(network: Network, pictures: list[ProductImage]) -> None:
    (found,) = nearest.find(probes(pictures, network)[-1:], network)
    assert not found.refused
    assert len(found.others) == nearest.OTHERS_BY_VECTOR
    assert pictures[-1].pk not in {near.key for near in found.others}
    likeness = [near.likeness or 0 for near in found.others]
    assert likeness == sorted(likeness, reverse=True)


def index_loops(node: dict[str, Any]) -> dict[str, int]:
    """Return how often each index was scanned."""
    found = {node["Index Name"]: int(node["Actual Loops"])} if "Index Name" in node else {}
    for child in node.get("Plans", []):
        for name, loops in index_loops(child).items():
            found[name] = found.get(name, 0) + loops
    return found
