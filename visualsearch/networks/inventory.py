"""The networks of the shop: add one, find one by name, and report the state of each."""

from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import F
from PIL import Image

from catalog.models import ProductImage
from visualsearch.embedding.card import BadCard
from visualsearch.models import Network
from visualsearch.networks import backlog, loading, registry, serving


class NetworkRefused(Exception):
    """The network cannot be used that way. The message says why and what to do."""


@dataclass(frozen=True)
class Coverage:
    """How many of the shop's pictures have a current embedding."""

    embedded: int
    pictures: int


def add(path: str) -> Network:
    """Add a network by the path of its card or folder, or bring it back from retirement. Safe to run twice.

    Raises BadCard, and adds nothing, if its files do not match the card, it does not run, or its vectors are wrong.
    """
    with transaction.atomic():
        network = registry.register(path)
        _try_out(network)
        if network.retired_at is not None:
            network.retired_at = None
            network.save(update_fields=["retired_at"])
    return network


def find(name: str) -> Network:
    """Return the network by name, identity or start of its hash. Raises NetworkRefused for none or several."""
    every = Network.objects.order_by("pk")
    found = [each for each in every if name in (each.name, each.identity)]
    if not found and len(name) >= 6:
        found = [each for each in every if each.sha256.startswith(name.lower())]
    if len(found) > 1:
        choices = ", ".join(each.identity for each in found)
        raise NetworkRefused(f"Several networks are named {name}: {choices}. Use the hash of one.")
    if not found:
        raise NetworkRefused(f"There is no network {name}. `manage.py networks list` lists all of them.")
    return found[0]


def coverage(network: Network) -> Coverage:
    """Count the network's current embeddings. Two queries."""
    current = network.embeddings.filter(vector__isnull=False, image_sha256=F("image__sha256"))
    return Coverage(current.count(), ProductImage.objects.count())


def state(network: Network) -> str:
    """Describe the state of the network. At most four queries."""
    now = serving.current()
    if network == now.network:
        return f"live, {100 - now.share}% of the visitors" if now.other else "live"
    if network == now.other:
        return f"live, {now.share}% of the visitors"
    if network.retired_at is not None:
        return "retired"
    if not network.files.exists():
        return "no files"
    missing = backlog.missing(network).count()
    return f"filling, {missing} missing" if missing else "ready"


def check_ready(network: Network) -> None:
    """Raise NetworkRefused unless the network is available and has embedded every readable picture."""
    check_available(network)
    missing = backlog.missing(network).count()
    if missing:
        raise NetworkRefused(
            f"{network.identity} has not embedded {missing} of the shop's pictures yet. Wait for the workers, or run "
            "`manage.py networks add` with its card, which waits for them."
        )


def check_available(network: Network) -> None:
    """Raise NetworkRefused if the network is retired or has lost its files."""
    if not Network.objects.available().filter(pk=network.pk).exists():
        raise NetworkRefused(f"{network.identity} is retired or has no files. Use manage.py networks add CARD.")


def _try_out(network: Network) -> None:
    """Run the network once from the files in the database, on noise, to check its vectors."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8))
    try:
        vectors = loading.embedder(network).embed([noise, noise])
    except BadCard:
        raise
    except Exception as error:  # runtimes raise anything for a graph that they cannot run
        raise BadCard(f"{network.identity} cannot be run: {error}") from error
    if vectors.shape != (2, network.dimensions):
        raise BadCard(f"{network.identity} returns {vectors.shape[-1]} numbers; its card says {network.dimensions}.")
    if not np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-2):  # False for NaN too
        raise BadCard(f"{network.identity} returns vectors that are not of unit length.")
