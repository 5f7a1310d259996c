"""Networks that the shop has taken in: the row with the card, and the files, from which any machine can run it."""

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

LONGEST_NAME = 100
MOST_DIMENSIONS = 4000  # that pgvector indexes in half precision
LARGEST_INPUT = 1024  # pixels a side: more would take a photo search seconds
STORE = """
INSERT INTO visualsearch_networkfile (network_id, suffix, data) VALUES (%s, %s, %b)
ON CONFLICT (network_id, suffix) DO UPDATE SET data = excluded.data
"""


def register(path: Path | str) -> Network:
    """Take in the network of a card or of its folder, or find it again; safe to run twice and at the same time.

    The same weights with a corrected card or graph replace what was known. Raises BadCard with a sentence where the
    card or its files cannot be used, and then nothing is taken in.
    """
    card = read_card(path)
    check_files(card)
    _check_values(card)
    described = _described(card)
    with transaction.atomic():
        known = Network.objects.select_for_update().filter(sha256=card.weights_sha256).first()
        values = {"name": card.name, "dimensions": card.dimensions, "card": described}
        network, _ = Network.objects.update_or_create(sha256=card.weights_sha256, defaults=values)
        has_files = network.files.count() == 2
        if not has_files or known is None or known.card.get("graph_sha256") != card.graph_sha256:
            _store_files(network, card)
    return network


def register_named() -> Network:
    """The network that the settings name, taken in. Raises BadCard."""
    return register(named_path())


def named_card() -> Card:
    """The card of the network that the settings name: the one that a new shop starts with. Raises BadCard."""
    return _read(named_path())


def named_path() -> Path:
    return Path(settings.VISUALSEARCH_NETWORK or DEFAULT_CARD)


def local_card(network: Network) -> Card:
    """The network's card with its files on this machine, checked; they are unpacked where they are missing or damaged.

    Raises BadCard with a sentence where the database does not hold them.
    """
    card = card_of(network.card)
    for place in filter(None, (_named_twin(card), _unpacked_path(card))):
        try:
            check_files(found := replace(card, path=place))
        except BadCard:
            continue
        return found
    _unpack(network, _unpacked_path(card))
    check_files(found := replace(card, path=_unpacked_path(card)))
    return found


def _store_files(network: Network, card: Card) -> None:
    """As binary parameters: bound as text, as Django does, megabytes become twice as many, quoted and parsed."""
    assert connection.connection is not None
    with Cursor(connection.connection) as cursor:
        for place, _ in (card.weights, card.graph):
            cursor.execute(STORE, [network.pk, place.suffix, place.read_bytes()])


def _named_twin(card: Card) -> Path | None:
    """The network of the settings lies on this machine already, and need not be unpacked."""
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
        raise BadCard(f"The shop does not have the files of {network}. Add its card: manage.py networks add CARD.")
    path.parent.mkdir(parents=True, exist_ok=True)
    for file in files:
        # Another process may be reading or unpacking the same.
        with atomic_write(path.with_suffix(file.suffix), 0o644) as unpacked:
            unpacked.write(file.data)


def _check_values(card: Card) -> None:
    """What would make sense of no picture, or fail only later. Raises BadCard."""
    is_name = isinstance(card.name, str) and 0 < len(card.name) <= LONGEST_NAME and card.name.isprintable()
    if not is_name:
        raise BadCard(f"The name on the card {card.path} must be text of 1 to {LONGEST_NAME} printable signs.")
    if not (isinstance(card.dimensions, int) and 1 <= card.dimensions <= MOST_DIMENSIONS):
        raise BadCard(f"{card.name} has {card.dimensions} dimensions; the shop indexes from 1 to {MOST_DIMENSIONS}.")
    if not (isinstance(card.input_size, int) and 16 <= card.input_size <= LARGEST_INPUT):
        raise BadCard(f"{card.name} has inputs of {card.input_size} pixels; from 16 to {LARGEST_INPUT} are possible.")
    numbers = [card.crop, card.match_threshold, *card.mean, *card.std]
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        raise BadCard(f"{card.name}: crop, match_threshold, mean and std must be numbers.")
    if not (0 < card.crop <= 1 and len(card.mean) == len(card.std) == 3 and min(card.std) > 0):
        raise BadCard(f"{card.name}: crop lies between 0 and 1, mean and std are three each, and no std is 0.")


def _described(card: Card) -> dict[str, Any]:
    return {name: getattr(card, name) for name in card.__dataclass_fields__ if name != "path"}


@lru_cache
def _read(path: Path) -> Card:
    return read_card(path)
