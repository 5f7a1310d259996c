"""The HNSW index of each network: build, repair and drop it.

The vectors are unit vectors, so the inner product equals the cosine and is cheaper.
"""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from visualsearch.models import Network

BUILD_LOCK = 0x5E3B1AA5  # advisory lock: one process at a time builds an index

CREATE_INDEX = """
CREATE INDEX {concurrently} IF NOT EXISTS {name} ON visualsearch_imageembedding
USING hnsw ((vector::halfvec({dimensions})) halfvec_ip_ops) WITH (m = 16, ef_construction = 64)
WHERE network_id = {network} AND NOT is_copy
"""
# If one transaction deletes a row while another writes the same vector, each may miss the other.
REPAIR_COPIES = """
UPDATE visualsearch_imageembedding SET is_copy = false WHERE id IN (
    SELECT DISTINCT ON (copy.network_id, copy.vector_hash) copy.id FROM visualsearch_imageembedding AS copy
    WHERE copy.is_copy AND NOT EXISTS (
        SELECT FROM visualsearch_imageembedding AS first
        WHERE first.network_id = copy.network_id AND first.vector_hash = copy.vector_hash AND NOT first.is_copy)
    ORDER BY copy.network_id, copy.vector_hash, copy.id)
"""
DELETE_VECTORS = """
DELETE FROM visualsearch_imageembedding WHERE id IN
    (SELECT id FROM visualsearch_imageembedding WHERE network_id = %s LIMIT 5000)
"""
INDEX_IS_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


def index_name(network: Network) -> str:
    return f"embedding_hnsw_once_{network.pk}"


def build(network: Network) -> None:
    """Build the network's index if it is missing or invalid.

    Outside a transaction it is built concurrently, and the shop keeps writing. If another process builds an index now,
    of whichever network, this returns at once, and the next sweep builds it: PostgreSQL reports a deadlock if two
    indexes of a table are built concurrently.
    """
    name = index_name(network)
    with connection.cursor() as cursor:
        if connection.in_atomic_block:
            _create_index(cursor, name, network, "")
            return
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [BUILD_LOCK])
        if cursor.fetchone()[0]:
            try:
                cursor.execute(INDEX_IS_VALID, [name])
                if cursor.fetchone() == (False,):
                    cursor.execute(f"DROP INDEX {name}")
                _create_index(cursor, name, network, "CONCURRENTLY")
                cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS embedding_hnsw_{network.pk}")  # an older index
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [BUILD_LOCK])


def repair_copies() -> int:
    """Index the vectors that have dropped out of their index. Return their number."""
    with connection.cursor() as cursor:
        cursor.execute(REPAIR_COPIES)
        return int(cursor.rowcount)


def delete_vectors(network: Network) -> None:
    """Delete the network's index and vectors, in batches; safe to stop and run again."""
    with connection.cursor() as cursor:
        concurrently = "" if connection.in_atomic_block else "CONCURRENTLY"
        for name in (index_name(network), f"embedding_hnsw_{network.pk}"):
            cursor.execute(f"DROP INDEX {concurrently} IF EXISTS {name}")
        while cursor.rowcount:
            cursor.execute(DELETE_VECTORS, [network.pk])


def _create_index(cursor: CursorWrapper, name: str, network: Network, concurrently: str) -> None:
    numbers = {"dimensions": network.dimensions, "network": network.pk}
    cursor.execute(CREATE_INDEX.format(name=name, concurrently=concurrently, **numbers))
