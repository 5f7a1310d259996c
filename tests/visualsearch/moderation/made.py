"""Pictures with made vectors, which form clusters, for the checks that learn."""

import numpy as np
from django.utils import timezone
from pgvector import HalfVector
from PIL import Image

from catalog.models import Category, Product, ProductImage
from tests.factories import ProductFactory
from visualsearch.models import ImageEmbedding, Network, PictureDecision, VerdictState
from visualsearch.moderation.finding import Candidate
from visualsearch.photo import Vector


def vector(cluster: int, seed: int, network: Network, spread: float = 0.3) -> Vector:
    """Return a unit vector near the centre of this cluster."""
    found = spread * np.random.default_rng([cluster, seed]).normal(size=network.dimensions) / network.dimensions**0.5
    found[cluster] += 1
    unit: Vector = (found / np.linalg.norm(found)).astype(np.float32)
    return unit


def public_picture(product: Product, shown: Vector, network: Network) -> ProductImage:
    """Create the row of a public picture with this vector, without a file."""
    sha256 = f"{ProductImage.objects.count():064}"
    image = ProductImage.objects.create(
        product=product, file=f"{sha256}.jpg", width=640, height=640, sha256=sha256, is_public=True
    )
    ImageEmbedding.objects.update_or_create(
        image=image, network=network, defaults={"vector": HalfVector(shown), "image_sha256": sha256}
    )
    return image


def stock(category: Category, cluster: int, number: int, network: Network) -> list[ProductImage]:
    """Create products of a category, with a picture each in this cluster."""
    return [
        public_picture(ProductFactory(category=category, price=None), vector(cluster, seed, network), network)
        for seed in range(number)
    ]


def candidate(shown: Vector | None, product: Product | None = None) -> Candidate:
    category = product.category_id if product else None
    key = product.pk if product else None
    return Candidate(Image.new("RGB", (8, 8)), 8, 8, "f" * 64, shown, None, key, category)


def decide(image: ProductImage, state: VerdictState, reason: str = "") -> PictureDecision:
    return PictureDecision.objects.create(
        image=image, image_sha256=image.sha256, product=image.product.title, state=state, reason=reason,
        decided_at=timezone.now(),
    )  # fmt: skip
