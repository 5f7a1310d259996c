"""Count the words of the products. Run by a task, never by a request.

Names are counted in full, descriptions in a sample: at 1,000,000 products a rough number is enough to tell a rare word
from a frequent one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection, transaction

from catalog.models import VocabularyCount, VocabularyWord
from catalog.models.synonym import MAX_WORD_LENGTH
from catalog.search.changes import notice
from catalog.search.languages import stem
from catalog.search.terms import words as split
from catalog.text.folding import fold

MAX_STORED = 200_000  # words
MAX_PIECES = 1_000_000  # different texts between spaces
SAMPLE = 50_000  # descriptions
MIN_LENGTH, MAX_LENGTH = 2, 40
MAX_AGE = timedelta(days=1)  # a renamed category leaves no trace in the state
PATIENCE = 100  # a count may take one hundredth of the time
BATCH = 5_000


def count_words(now: datetime, *, force: bool = False) -> int | None:
    """Count the words again if products have changed since the last time. Return their number, or None."""
    began, last, state = monotonic(), VocabularyCount.objects.order_by("pk").last(), _state()
    if last and not force and not _is_due(last, state, now):
        return None
    products, named, described = _counts()
    rows = _rows(products, named, described)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE catalog_vocabularycount IN EXCLUSIVE MODE")  # one writer at a time
        VocabularyWord.objects.all().delete()
        VocabularyWord.objects.bulk_create(rows, batch_size=BATCH)
        VocabularyCount.objects.all().delete()
        seconds = monotonic() - began
        VocabularyCount.objects.create(counted_at=now, seconds=seconds, products=products, state=state)
    notice()
    return len(rows)


def _is_due(last: VocabularyCount, state: str, now: datetime) -> bool:
    age = now - last.counted_at
    is_changed = last.state != state and age >= timedelta(seconds=last.seconds * PATIENCE)
    return is_changed or age >= MAX_AGE


def _state() -> str:
    """Return a text that changes when products are added, saved or deleted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), max(id), max(updated_at) FROM catalog_product WHERE status <> 'draft'")
        return " ".join(map(str, cursor.fetchone()))


def _counts() -> tuple[int, Counter[str], Counter[str]]:
    """Return the number of products, and how many have each word in their names and in their descriptions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM catalog_product WHERE status <> 'draft'")
        products = int(cursor.fetchone()[0])
        share = min(1.0, SAMPLE / products) if products else 1.0
        cursor.execute(PIECES % {"text": NAMES, "sample": ""}, [MAX_PIECES])
        named = _words(cursor.fetchall())
        sample = f"TABLESAMPLE SYSTEM ({100 * share:.4f})" if share < 1 else ""
        cursor.execute(PIECES % {"text": "description", "sample": sample}, [MAX_PIECES])
        described = _words(cursor.fetchall())
    return products, named, Counter({word: round(number / share) for word, number in described.items()})


def _words(pieces: Iterable[tuple[str, int]]) -> Counter[str]:
    """Return the words without digits in these pieces of text. Each piece has a count."""
    counts: Counter[str] = Counter()
    for piece, number in pieces:
        for word in dict.fromkeys(split(piece)):
            if MIN_LENGTH <= len(word) <= MAX_LENGTH and not any(map(str.isdigit, word)):
                counts[word] += number
    return counts


def _rows(products: int, named: Counter[str], described: Counter[str]) -> list[VocabularyWord]:
    """Return the rows to store. A word in a name counts once where the description repeats it."""

    def row(word: str) -> Any:
        in_names, in_descriptions = min(named[word], products), min(described[word], products)
        stemmed = (stem(fold(word)) or fold(word))[:MAX_WORD_LENGTH]
        return VocabularyWord(word=word, stem=stemmed, products=max(in_names, in_descriptions), named=in_names)

    ranked = sorted(named.keys() | described.keys(), key=lambda word: (-named[word], -described[word], word))
    return [row(word) for word in ranked[:MAX_STORED]]


NAMES = r"title || ' ' || brand || ' ' || split_part(keywords, E'\n', 1)"
# A word that a text repeats counts twice: counting it once takes three times as long, for a number that is only rough.
# Numbers without letters are left out before they are sent.
PIECES = """
SELECT piece, number FROM (
    SELECT piece, count(*) AS number
    FROM catalog_product %(sample)s, string_to_table(translate(lower(%(text)s), E'\\n\\r\\t', '   '), ' ') AS piece
    WHERE status <> 'draft' GROUP BY piece
) AS pieces
WHERE piece !~ '^[^[:alpha:]]*[[:digit:]][^[:alpha:]]*$' ORDER BY number DESC, piece LIMIT %%s
"""
