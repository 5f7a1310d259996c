"""Learn the words of a network from the shop's products, and store them. Safe to run twice, and in parallel."""

from datetime import datetime, timedelta

import numpy as np
from django.db import connection, transaction
from pgvector import HalfVector

from catalog.models.picture import SHOWN
from visualsearch.models import ImageEmbedding, Network, Vocabulary, WordVector
from visualsearch.words.bags import bag
from visualsearch.words.learning import Floats, LearntWord, learn
from visualsearch.words.vocabulary import from_binary

MAX_PRODUCTS = 30_000  # a random sample of a larger shop: bounds time and memory
MAX_AGE = timedelta(days=1)
MIN_CHANGE = 0.1  # of the pictures: learn again before MAX_AGE has passed
CHUNK = 2_000
LOCK = 0x5E3B1AA1  # with the network's key: one process at a time learns its words

# A hash of the key samples at random, and finds the same products again.
SAMPLE = """
SELECT product.title || ' ' || product.keywords, halfvec_send(avg(e.vector))
FROM catalog_product AS product
JOIN catalog_productimage AS picture ON picture.product_id = product.id
JOIN visualsearch_imageembedding AS e ON e.image_id = picture.id
WHERE e.network_id = %(network)s AND e.vector IS NOT NULL AND {shown}
  AND (product.status = 'published' OR product.status = 'scheduled' AND product.publish_at <= %(now)s)
  AND (hashint8(product.id) & 65535) < %(share)s * 65536
GROUP BY product.id ORDER BY product.id
""".replace("{shown}", SHOWN)
PRODUCTS = "SELECT count(*) FROM catalog_product WHERE status <> 'draft'"


def refresh_stale(network: Network, now: datetime) -> bool:
    """Learn the network's words again after a day, or if many pictures have come or gone. Return True if it did."""
    pictures = ImageEmbedding.objects.filter(network=network, vector__isnull=False).count()
    known = Vocabulary.objects.filter(network=network).first()
    if known and known.learnt_at > now - MAX_AGE and abs(pictures - known.pictures) <= MIN_CHANGE * known.pictures:
        return False
    return refresh(network, pictures, now)


def refresh(network: Network, pictures: int, now: datetime) -> bool:
    """Learn the network's words and replace the stored ones. Return False if another process is at it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, network.pk])
            if not cursor.fetchone()[0]:
                return False
        bags, vectors = sample(network, now)
        learnt = learn(bags, vectors) if bags else []
        WordVector.objects.filter(network=network).delete()
        WordVector.objects.bulk_create((_row(network, each) for each in learnt), batch_size=CHUNK)
        Vocabulary.objects.update_or_create(network=network, defaults={"pictures": pictures, "learnt_at": now})
    return True


def sample(network: Network, now: datetime) -> tuple[list[list[str]], Floats]:
    """Return the words and the average vector of visible products with a vector: of all, or of about MAX_PRODUCTS."""
    bags, vectors = [], []
    with connection.cursor() as cursor:
        cursor.execute(PRODUCTS)
        share = min(1.0, MAX_PRODUCTS / max(1, cursor.fetchone()[0]))
        cursor.execute(SAMPLE, {"network": network.pk, "now": now, "share": share})
        for text, vector in cursor:
            bags.append(bag(text))
            vectors.append(from_binary(vector))
    return bags, np.stack(vectors) if vectors else np.empty((0, network.dimensions), dtype=np.float32)


def _row(network: Network, learnt: LearntWord) -> WordVector:
    values = {**vars(learnt), "vector": HalfVector(learnt.vector)}
    return WordVector(network=network, **values)
