"""Words of English, German and French, to tell a typo from a word that the shop does not sell.

The lists come with pyspellchecker, whose dictionaries would take up 100 MB. Only the sorted hashes of the folded words
are kept here, with the logarithm of their frequency: 3 MB. One typo in several thousand has the hash of a word, and is
then offered a correction instead of being replaced. Unpacking the lists takes a second, so a task does it.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from threading import Lock
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from catalog.models import WordList
from catalog.search.languages import QUERY_LANGUAGES
from catalog.text.folding import fold

VERSION = f"pyspellchecker {version('pyspellchecker')}"
RESOURCES = files("spellchecker") / "resources"

_lock = Lock()


class _List(NamedTuple):
    hashes: NDArray[np.uint32]
    logarithms: NDArray[np.uint8]


def frequency(word: str) -> int:
    """Return 0 if the folded word is in none of the languages, or else the highest log2 of its frequency."""
    wanted = np.uint32(crc32(word.encode()))
    return max(_frequency(_words(language), wanted) for language in QUERY_LANGUAGES)


def languages_of(word: str) -> tuple[str, ...]:
    """Return the languages in which the folded word exists."""
    wanted = np.uint32(crc32(word.encode()))
    return tuple(language for language in QUERY_LANGUAGES if _frequency(_words(language), wanted))


def _frequency(words: _List, wanted: np.uint32) -> int:
    at = int(np.searchsorted(words.hashes, wanted))
    return int(words.logarithms[at]) if at < len(words.hashes) and words.hashes[at] == wanted else 0


def prepare() -> None:
    """Store the lists, so that requests read them in milliseconds. Does nothing if they are stored already."""
    stored = dict(WordList.objects.values_list("language", "version"))
    for language in QUERY_LANGUAGES:
        if stored.get(language) != VERSION:
            words = _unpack(language)
            blobs = {"hashes": words.hashes.tobytes(), "logarithms": words.logarithms.tobytes()}
            WordList.objects.update_or_create(language=language, defaults={"version": VERSION, **blobs})


def _words(language: str) -> _List:
    with _lock:  # two threads must not load the same list
        return _load(language)


@cache
def _load(language: str) -> _List:
    row = WordList.objects.filter(language=language, version=VERSION).values_list("hashes", "logarithms").first()
    if row is None:  # the task has not run yet
        return _unpack(language)
    return _List(np.frombuffer(row[0], np.uint32), np.frombuffer(row[1], np.uint8))


def _unpack(language: str) -> _List:
    counts: dict[str, int] = json.loads(gzip.decompress((RESOURCES / f"{language}.json.gz").read_bytes()))
    folded = (word if word.isascii() else fold(word) for word in counts)
    hashes = np.fromiter((crc32(word.encode()) for word in folded), np.uint32, len(counts))
    logarithms = np.fromiter((count.bit_length() for count in counts.values()), np.uint8, len(counts))
    order = np.argsort(hashes)
    return _List(hashes[order], logarithms[order])
