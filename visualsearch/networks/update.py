"""After an update of the shop: fill the new default network beside the former one, compare both, and swap.

Pages go on answering with the former one, whose files are in the database. Only a network that came with the shop is
replaced. One that the owner trained or chose stays, and so does one to which staff have returned. A task takes each
step, which may be repeated, and killed at any moment.
"""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction

from catalog.models import ProductImage
from visualsearch.models import Activation, Network, NetworkUpdate
from visualsearch.networks import backlog, defaults, hnsw, inventory, serving, swap
from visualsearch.networks.comparison import compare
from visualsearch.networks.locks import try_lock

logger = logging.getLogger(__name__)

LOCK = 0x5E3B1AA4  # with the network's key: one process at a time compares
GROWTH = 2  # compare again once the shop has this many times the pictures


def begin(now: datetime) -> NetworkUpdate | None:
    """Add the new default network if it is due, and return its update until that is decided. Raises BadCard."""
    card, live = defaults.packaged(), serving.current()
    if not settings.VISUALSEARCH_UPDATE or card is None or live.network.sha256 == card.weights_sha256:
        return None
    if live.other is not None or not defaults.is_shipped(live.network):
        return None
    new = Network.objects.filter(sha256=card.weights_sha256).first()
    if new and (new.retired_at or Activation.objects.filter(network=new).exists()):
        return None  # staff have decided
    found = NetworkUpdate.objects.filter(old=live.network, new=new).first() if new else None
    if found is None:
        new = inventory.add(str(card.path))
        found, is_new = NetworkUpdate.objects.get_or_create(old=live.network, new=new, defaults={"created_at": now})
        if is_new:
            logger.info("The new default network %s is filled beside %s, which answers until then.",
                        new.identity, live.network.identity)  # fmt: skip
    return found if _is_open(found) else None


def is_filled(update: NetworkUpdate) -> bool:
    """Return True once the new network has embedded every readable picture."""
    return not backlog.missing(update.new).exists()


def decide(update: NetworkUpdate, now: datetime) -> None:
    """Compare both networks, make the new one live if that favours it, and record the figures."""
    with try_lock(LOCK, update.new) as is_locked:
        update.refresh_from_db()
        if not is_locked or not _is_open(update):
            return
        hnsw.build(update.new)
        update.pictures = ProductImage.objects.count()
        comparison = compare(update.old, update.new)
        with transaction.atomic():
            is_live = swap.update(update.new, comparison) is not None
            update.outcome = NetworkUpdate.Outcome.LIVE if is_live else NetworkUpdate.Outcome.REFUSED
            update.figures = [measure.as_facts() for measure in comparison.measures]
            update.decided_at = now
            update.save()
    found = "; ".join(f"{each.name}: {each.old:.3f} to {each.new:.3f}" for each in comparison.measures)
    if is_live:
        logger.warning("The new default network %s is live, replacing %s. %s", update.new, update.old, found)
    else:
        logger.warning("The new default network %s is not as good here as %s, which stays live. %s",
                       update.new, update.old, found)  # fmt: skip


def _is_open(update: NetworkUpdate) -> bool:
    """Return True while the update is undecided, or once the shop has outgrown the comparison that refused it."""
    if update.outcome == NetworkUpdate.Outcome.REFUSED:
        return ProductImage.objects.count() >= GROWTH * max(1, update.pictures)
    return update.outcome == NetworkUpdate.Outcome.FILLING
