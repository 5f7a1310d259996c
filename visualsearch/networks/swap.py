"""Activate a network, roll back, split visitors, retire a network.

Each adds an Activation, which every process follows from its next request on (`serving`). A network may go live once
it has embedded every readable picture and is not worse than the live one: in each deciding measure of `comparison`,
the 95% interval of the difference lies above -TOLERANCE. `is_forced` overrides both, and is logged. A new default
network (`update`) goes live by a milder rule, because it was measured before it came with the shop.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from visualsearch.models import Activation, Network, Tally
from visualsearch.networks import backlog, hnsw, serving
from visualsearch.networks.comparison import TOLERANCE, Comparison
from visualsearch.networks.inventory import NetworkRefused, check_available, check_ready

logger = logging.getLogger(__name__)


def activate(
    network: Network, author: str, comparison: Comparison | None = None, is_forced: bool = False
) -> Activation:
    """Make the network the only live one.

    Unless forced, it must be ready and compared with the live network. Raises NetworkRefused.
    """
    with _current() as now:
        if now.network_id == network.pk and now.other_id is None:
            raise NetworkRefused(f"{network.identity} is live already.")
        if is_forced:
            check_available(network)
        else:
            check_ready(network)
            _check_not_worse(network, now.network, comparison)
        row = Activation.objects.create(
            network=network,
            before=_before(now),
            reason=Activation.Reason.ACTIVATE,
            is_forced=is_forced,
            figures=_facts(comparison),
            author=author,
        )
    if is_forced:
        logger.warning("%s was FORCED live by %s: %d pictures are missing, and it was not compared with %s.",
                       network.identity, author, backlog.missing(network).count(), now.network.identity)  # fmt: skip
    else:
        logger.info("%s was made live by %s, replacing %s.", network.identity, author, now.network.identity)
    return row


def update(network: Network, comparison: Comparison) -> Activation | None:
    """Make a new default network live if the comparison favours it. Return None if it does not.

    It must be ready and compared with the live network. Raises NetworkRefused.
    """
    with _current() as now:
        check_ready(network)
        _check_compared(network, now.network, comparison)
        if now.other_id is not None or not comparison.favours_new:
            return None
        return Activation.objects.create(
            network=network, before=now, reason=Activation.Reason.UPDATE, figures=_facts(comparison)
        )


def rollback(author: str) -> Activation:
    """Make the previous network live again. Raises NetworkRefused if there is none."""
    with _current() as now:
        before = now.before
        if before is None:
            raise NetworkRefused("There is no earlier network to roll back to.")
        check_available(before.network)
        row = Activation.objects.create(
            network=before.network, before=before.before, reason=Activation.Reason.ROLLBACK, author=author
        )
    logger.warning("%s is live again: rolled back from %s by %s.", row.network.identity, now.network.identity, author)
    return row


def split(network: Network, share: int, author: str) -> Activation:
    """Send `share` percent of the visitors to this network, the others to the live one. Raises NetworkRefused."""
    if not 1 <= share <= 99:
        raise NetworkRefused("The share must be a percentage from 1 to 99.")
    with _current() as now:
        if now.network_id == network.pk:
            raise NetworkRefused(f"{network.identity} is the live network. Split visitors between it and another one.")
        check_ready(network)
        row = Activation.objects.create(
            network=now.network,
            other=network,
            share=share,
            before=_before(now),
            reason=Activation.Reason.SPLIT,
            author=author,
        )
        Tally.objects.bulk_create([Tally(activation=row, network=each) for each in (now.network, network)])
    logger.info("%s answers %d%% of the visitors, %s the others.", network.identity, share, now.network.identity)
    return row


def retire(network: Network, now: datetime) -> None:
    """Stop embedding pictures with the network and delete its vectors and index. `add` brings it back.

    Raises NetworkRefused for a live network and for the target of a rollback.
    """
    with _current() as newest:
        needed = [newest.network_id, newest.other_id, newest.before.network_id if newest.before else None]
        if network.pk in needed:
            raise NetworkRefused(f"{network.identity} is live, or a rollback would return to it.")
        Network.objects.filter(pk=network.pk).update(retired_at=now)
    hnsw.delete_vectors(network)


@contextmanager
def _current() -> Iterator[Activation]:
    """Lock the activations and return the newest one."""
    serving.current()  # activates the first network of a new shop
    with transaction.atomic():
        serving.lock_activations()
        newest = serving.newest_activation()
        assert newest is not None
        yield newest


def _before(now: Activation) -> Activation | None:
    """Return the row that a rollback of the next activation restores. It is never a split."""
    return now.before if now.other_id else now


def _check_not_worse(network: Network, live: Network, comparison: Comparison | None) -> None:
    if network == live:  # this ends a split
        return
    comparison = _check_compared(network, live, comparison)
    if not comparison.is_not_worse:
        reasons = "; ".join(f"{each.name}: {each.new - each.old:+.3f}, 95% from {each.low:+.3f} to {each.high:+.3f}"
                            for each in comparison.deciding if not each.is_not_worse)  # fmt: skip
        raise NetworkRefused(
            f"{network.identity} may be worse than {live.identity} by more than {TOLERANCE} of recall at 1: "
            f"{reasons}. Use --force to activate it anyway."
        )


def _check_compared(network: Network, live: Network, comparison: Comparison | None) -> Comparison:
    if comparison is None or (comparison.old, comparison.new) != (live, network):
        raise NetworkRefused(f"{network.identity} has not been compared with the live network, {live.identity}.")
    return comparison


def _facts(comparison: Comparison | None) -> list[dict[str, Any]]:
    return [measure.as_facts() for measure in comparison.measures] if comparison else []
