"""A shop with many products of two pictures each, created in the database, with clustered vectors.

The vectors replace those of a network in tests of the index. Like embeddings of products they form clusters, and vary
in far fewer directions than they have dimensions.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.utils import timezone
from pgvector import HalfVector
from pgvector.psycopg import register_vector

from catalog.models import Category
from visualsearch.models import Network
from visualsearch.networks import hnsw

Vectors = npt.NDArray[np.float32]

DIMENSIONS = 256
PRODUCTS = """
INSERT INTO catalog_product (title, slug, brand, category_id, description, status, created_at, updated_at,
                             price_amount, is_in_stock, skus, keywords)
SELECT 'Product ' || n, 'product-' || n, '', %(category)s, '', 'published', %(now)s, %(now)s, n, true, '', ''
FROM generate_series(1, %(count)s) AS n
"""
IMAGES = """
INSERT INTO catalog_productimage (product_id, file, alt, position, width, height, sha256, rendition_widths,
                                  rendition_attempts, rendition_error)
SELECT p.id, 'products/' || p.id || '-' || n || '.jpg', '', n, 640, 640, md5(p.id || '-' || n), '{}', 0, ''
FROM catalog_product AS p, generate_series(0, 1) AS n WHERE p.slug LIKE 'product-%' ORDER BY p.id, n
"""
PICTURES = """
SELECT i.id, i.sha256 FROM catalog_productimage AS i JOIN catalog_product AS p ON p.id = i.product_id
WHERE p.slug LIKE 'product-%' ORDER BY i.id
"""
EMBEDDINGS = """
COPY visualsearch_imageembedding (image_id, network_id, vector, image_sha256, attempts, error, updated_at)
FROM STDIN WITH (FORMAT BINARY)
"""


def clustered(count: int, seed: int = 1, clusters: int = 400, directions: int = 48) -> Vectors:
    """Return unit vectors around `clusters` centres that all seeds share, mostly in `directions` directions."""
    world = np.random.default_rng(0)
    spread = world.normal(size=(directions, DIMENSIONS)).astype(np.float32) / np.sqrt(directions)
    centres = world.normal(size=(clusters, directions)).astype(np.float32)
    chance = np.random.default_rng(seed)
    latent = centres[chance.integers(clusters, size=count)]
    latent = latent + 1.0 * chance.normal(size=latent.shape).astype(np.float32)
    vectors = latent @ spread + 0.3 * chance.normal(size=(count, DIMENSIONS)).astype(np.float32)
    units: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units


@contextmanager
def stocked_shop(network: Network, vectors: Vectors) -> Iterator[None]:
    """Stock the shop and index its pictures, outside a test's transaction; empty it at the end, also after a failure.

    TRUNCATE fires no trigger of rows, so the copy of the products is emptied by name.
    """
    try:
        stock_the_shop(network, vectors)
        hnsw.build(network)
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE catalog_category, catalog_countedproduct, visualsearch_network CASCADE")
            cursor.execute(f"DROP INDEX IF EXISTS {hnsw.index_name(network)}")


def stock_the_shop(network: Network, vectors: Vectors) -> None:
    """Create a picture for each vector and a product for every two; product n costs n and has the slug product-n."""
    category = Category.objects.add_root({"name": "Everything", "slug": "everything"})
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(PRODUCTS, {"category": category.pk, "now": now, "count": len(vectors) // 2})
        cursor.execute(IMAGES)
        cursor.execute(PICTURES)
        images = cursor.fetchall()
        register_vector(cursor.connection)
    with connection.cursor() as cursor:  # a cursor knows the types that were registered before it
        with cursor.copy(EMBEDDINGS) as copy:
            copy.set_types(["int8", "int8", "halfvec", "varchar", "int2", "text", "timestamptz"])
            for (image, sha256), vector in zip(images, vectors, strict=True):
                copy.write_row((image, network.pk, HalfVector(vector), sha256, 1, "", now))
        cursor.execute("ANALYZE catalog_product, catalog_productimage, visualsearch_imageembedding")
