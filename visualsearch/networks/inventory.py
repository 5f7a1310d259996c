"""The networks that the shop has: taken in, found by name, and how far each is filled."""

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
    """What was asked of a network cannot be done; the text says why and what to do."""


@dataclass(frozen=True)
class Coverage:
    """Of how many of the shop's pictures the network has a vector of what they show now."""

    known: int
    pictures: int


def add(path: str) -> Network:
    """Take a network in, by its card or the folder of it, or take it out of retirement; safe to run twice.

    Raises BadCard where its files are not those of the card, where it cannot run, or gives other vectors than its card
    says; then nothing is taken in.
    """
    with transaction.atomic():
        network = registry.register(path)
        _try_out(network)
        if network.retired_at is not None:
            network.retired_at = None
            network.save(update_fields=["retired_at"])
    return network


def find(name: str) -> Network:
    """The network of that name, identity, or start of hash. Raises NetworkRefused where there is none or several."""
    every = Network.objects.order_by("pk")
    found = [each for each in every if name in (each.name, each.identity)]
    if not found and len(name) >= 6:
        found = [each for each in every if each.sha256.startswith(name.lower())]
    if len(found) > 1:
        choices = ", ".join(each.identity for each in found)
        raise NetworkRefused(f"Several networks are called {name}: {choices}. Name one by its hash.")
    if not found:
        raise NetworkRefused(f"There is no network {name}. `manage.py networks list` shows which there are.")
    return found[0]


def coverage(network: Network) -> Coverage:
    """How far the network is filled. Two queries."""
    current = network.embeddings.filter(vector__isnull=False, image_sha256=F("image__sha256"))
    return Coverage(current.count(), ProductImage.objects.count())


def state(network: Network) -> str:
    """What the network is doing, in a few words. At most four queries."""
    now = serving.current()
    if network == now.network:
        return f"live, {100 - now.share} % of the visitors" if now.other else "live"
    if network == now.other:
        return f"live, {now.share} % of the visitors"
    if network.retired_at is not None:
        return "retired"
    if not network.files.exists():
        return "without files"
    missing = backlog.missing(network).count()
    return f"filling, {missing} missing" if missing else "ready"


def check_ready(network: Network) -> None:
    """Raises NetworkRefused unless the network is kept and knows every picture that can be known."""
    check_available(network)
    missing = backlog.missing(network).count()
    if missing:
        raise NetworkRefused(
            f"{network.identity} has not looked at {missing} of the shop's pictures yet. The workers fill them; "
            "`manage.py networks add` with its card waits until they have."
        )


def check_available(network: Network) -> None:
    """Raises NetworkRefused unless the network is kept up to date."""
    if not Network.objects.available().filter(pk=network.pk).exists():
        raise NetworkRefused(f"{network.identity} is not kept any more. Add its card: manage.py networks add CARD.")


def _try_out(network: Network) -> None:
    """Run it once, as it will be run: the files as the shop holds them, and a picture that is no plain colour."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8))
    try:
        vectors = loading.embedder(network).embed([noise, noise])
    except BadCard:
        raise
    except Exception as error:  # a runtime raises what it likes about a graph that it cannot run
        raise BadCard(f"{network.identity} cannot be run: {error}") from error
    if vectors.shape != (2, network.dimensions):
        raise BadCard(f"{network.identity} gives {vectors.shape[-1]} numbers; its card says {network.dimensions}.")
    if not np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-2):  # not-a-number is not close either
        raise BadCard(f"{network.identity} gives vectors that do not have unit length.")
