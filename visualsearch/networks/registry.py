"""The networks in the database: a row with the card, and the files, so that every machine can run them."""

import math
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from psycopg import Cursor

from catalog.atomic_files import atomic_write
from visualsearch.embedding.card import DEFAULT_CARD, BadCard, Card, card_of, check_files, read_card
from visualsearch.models import Network

MAX_NAME_LENGTH = 100
MAX_DIMENSIONS = 4000  # pgvector indexes no more in half precision
MAX_INPUT_SIZE = 1024  # pixels a side; with more, a photo search takes seconds
STORE = """
INSERT INTO visualsearch_networkfile (network_id, suffix, data) VALUES (%s, %s, %b)
ON CONFLICT (network_id, suffix) DO UPDATE SET data = excluded.data
"""

_known: set[tuple[tuple[str, int, int, int], ...]] = set()  # files whose hashes have been checked


def register(path: Path | str) -> Network:
    """Store the network of a card or its folder. Safe to run twice, even concurrently.

    A corrected card or graph for the same weights replaces the old one. Raises BadCard, and stores nothing, if the
    card or its files are invalid.
    """
    card = read_card(path)
    check_files(card)
    _check_values(card)
    described = _as_json(card)
    with transaction.atomic():
        known = Network.objects.select_for_update().filter(sha256=card.weights_sha256).first()
        values = {"name": card.name, "dimensions": card.dimensions, "card": described}
        network, _ = Network.objects.update_or_create(sha256=card.weights_sha256, defaults=values)
        has_files = network.files.count() == 2
        if not has_files or known is None or known.card.get("graph_sha256") != card.graph_sha256:
            _store_files(network, card)
    return network


def register_named() -> Network:
    """Store the configured network. Raises BadCard."""
    return register(named_path())


def named_card() -> Card:
    """Return the card of the configured network, with which a new shop starts. Raises BadCard."""
    return _read(named_path())


def named_path() -> Path:
    return Path(settings.VISUALSEARCH_NETWORK or DEFAULT_CARD)


def local_card(network: Network) -> Card:
    """Return the network's card with verified files on this machine, unpacking missing or damaged ones.

    Raises BadCard if the database does not have them.
    """
    card = card_of(network.card)
    for path in filter(None, (_path_of_settings(card), _unpacked_path(card))):
        try:
            return _checked(replace(card, path=path))
        except BadCard:
            continue
    _unpack(network, _unpacked_path(card))
    return _checked(replace(card, path=_unpacked_path(card)))


def _checked(card: Card) -> Card:
    """Check the files unless this process has, and they have not changed since: hashing 16 MB takes a while."""
    try:
        stats = [(file.sha256, file.path.stat()) for file in (card.weights, card.graph)]
    except OSError as error:
        raise BadCard(f"The files of {card.name} are missing: {error}") from error
    key = tuple((sha256, each.st_ino, each.st_size, each.st_mtime_ns) for sha256, each in stats)
    if key not in _known:
        check_files(card)
        _known.add(key)
    return card


def _store_files(network: Network, card: Card) -> None:
    """Send the files as binary parameters: as text, as Django binds them, they double in size and must be parsed."""
    assert connection.connection is not None
    with Cursor(connection.connection) as cursor:
        for path, _ in (card.weights, card.graph):
            cursor.execute(STORE, [network.pk, path.suffix, path.read_bytes()])


def _path_of_settings(card: Card) -> Path | None:
    """Return the configured path if it holds this network, which then needs no unpacking."""
    try:
        named = named_card()
    except BadCard:
        return None
    is_same = (named.weights_sha256, named.graph_sha256) == (card.weights_sha256, card.graph_sha256)
    return named.path if is_same else None


def _unpacked_path(card: Card) -> Path:
    folder = Path(settings.VISUALSEARCH_CACHE) / f"{card.weights_sha256[:16]}-{card.graph_sha256[:16]}"
    return folder / "network.json"


def _unpack(network: Network, path: Path) -> None:
    files = list(network.files.all())
    if len(files) != 2:
        raise BadCard(f"The files of {network} are missing. Add it again: manage.py networks add CARD.")
    path.parent.mkdir(parents=True, exist_ok=True)
    for file in files:
        # Another process may be reading or unpacking the same file.
        with atomic_write(path.with_suffix(file.suffix), 0o644) as unpacked:
            unpacked.write(file.data)


def _check_values(card: Card) -> None:
    """Raise BadCard for values that would fail only later, or silently."""
    is_name = isinstance(card.name, str) and 0 < len(card.name) <= MAX_NAME_LENGTH and card.name.isprintable()
    if not is_name:
        raise BadCard(f"The name on the card {card.path} must have 1 to {MAX_NAME_LENGTH} printable characters.")
    if not (isinstance(card.dimensions, int) and 1 <= card.dimensions <= MAX_DIMENSIONS):
        raise BadCard(f"{card.name} has {card.dimensions} dimensions; the shop can index 1 to {MAX_DIMENSIONS}.")
    if not (isinstance(card.input_size, int) and 16 <= card.input_size <= MAX_INPUT_SIZE):
        raise BadCard(f"{card.name} has an input size of {card.input_size} pixels; it must be 16 to {MAX_INPUT_SIZE}.")
    numbers = [card.crop, card.match_threshold, *card.mean, *card.std]
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        raise BadCard(f"{card.name}: crop, match_threshold, mean and std must be numbers.")
    if not (0 < card.crop <= 1 and len(card.mean) == len(card.std) == 3 and min(card.std) > 0):
        raise BadCard(f"{card.name}: crop must be from 0 to 1, mean and std three values, and no std may be 0.")
    if card.spread and not (len(card.spread) == card.dimensions and all(map(_is_positive, card.spread))):
        raise BadCard(f"{card.name}: spread must be empty, or one positive number for each dimension.")


def _is_positive(number: object) -> bool:
    return isinstance(number, int | float) and math.isfinite(number) and number > 0


def _as_json(card: Card) -> dict[str, Any]:
    return {name: getattr(card, name) for name in card.__dataclass_fields__ if name != "path"}


@lru_cache
def _read(path: Path) -> Card:
    return read_card(path)
