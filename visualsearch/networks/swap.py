"""Which network answers: swapped, taken back, split between visitors, each by one row.

That row is the newest Activation, and every process goes by it from its next request on (`serving`). A network may go
live when it knows every picture that can be known, and when it is not worse than the live one: in each measure of
`comparison`, the lower end of the 95 % interval of the difference is at least -TOLERANCE. `is_forced` overrides both,
and the log says so.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from visualsearch.models import Activation, Network, Tally
from visualsearch.networks import backlog, hnsw, serving
from visualsearch.networks.comparison import TOLERANCE, Comparison
from visualsearch.networks.inventory import NetworkRefused, check_available, check_ready

logger = logging.getLogger(__name__)


def activate(
    network: Network, author: str, comparison: Comparison | None = None, is_forced: bool = False
) -> Activation:
    """Let the network answer from now on, alone. Raises NetworkRefused where it must not.

    Unless forced, that needs its vectors to be complete and a comparison with the network that is live now.
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
            figures=[measure.as_facts() for measure in comparison.measures] if comparison else [],
            author=author,
        )
    if is_forced:
        logger.warning("%s went live FORCED by %s: %d pictures are missing, and it was not compared with %s.",
                       network.identity, author, backlog.missing(network).count(), now.network.identity)  # fmt: skip
    else:
        logger.info("%s went live by %s in the place of %s.", network.identity, author, now.network.identity)
    return row


def rollback(author: str) -> Activation:
    """Let the network answer that did before. Raises NetworkRefused where there is none to go back to."""
    with _current() as now:
        before = now.before
        if before is None:
            raise NetworkRefused("No network was live before this one.")
        check_available(before.network)
        row = Activation.objects.create(
            network=before.network, before=before.before, reason=Activation.Reason.ROLLBACK, author=author
        )
    logger.warning("%s answers again: rolled back from %s by %s.", row.network.identity, now.network.identity, author)
    return row


def split(network: Network, share: int, author: str) -> Activation:
    """Let the network answer `share` percent of the visitors beside the live one. Raises NetworkRefused."""
    if not 1 <= share <= 99:
        raise NetworkRefused("The share is a percentage from 1 to 99.")
    with _current() as now:
        if now.network_id == network.pk:
            raise NetworkRefused(f"{network.identity} is the live one. Split visitors between it and another.")
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
    logger.info("%s answers %d %% of the visitors beside %s.", network.identity, share, now.network.identity)
    return row


def retire(network: Network, now: datetime) -> None:
    """Stop filling the network, and drop its vectors and its index. Its row and files stay: `add` takes it up again.

    Raises NetworkRefused for a network that answers, and for the one to which a roll-back would go.
    """
    with _current() as newest:
        needed = [newest.network_id, newest.other_id, newest.before.network_id if newest.before else None]
        if network.pk in needed:
            raise NetworkRefused(f"{network.identity} answers, or is the one that a roll-back goes to.")
        Network.objects.filter(pk=network.pk).update(retired_at=now)
    hnsw.delete_vectors(network)


@contextmanager
def _current() -> Iterator[Activation]:
    """The row that counts, while nobody else can add one."""
    serving.current()  # a shop that never had a live network begins here
    with transaction.atomic():
        serving.lock_activations()
        newest = serving.newest_activation()
        assert newest is not None
        yield newest


def _before(now: Activation) -> Activation | None:
    """Where a roll-back from the next row goes: to one network, never into a split."""
    return now.before if now.other_id else now


def _check_not_worse(network: Network, live: Network, comparison: Comparison | None) -> None:
    if network == live:  # the end of a split
        return
    if comparison is None or (comparison.old, comparison.new) != (live, network):
        raise NetworkRefused(f"{network.identity} has not been compared with {live.identity}, which is live.")
    if not comparison.is_not_worse:
        reasons = "; ".join(f"{each.name}: {each.new - each.old:+.3f}, 95 % from {each.low:+.3f} to {each.high:+.3f}"
                            for each in comparison.measures if each.low < -TOLERANCE)  # fmt: skip
        raise NetworkRefused(
            f"{network.identity} may be worse than {live.identity} by more than {TOLERANCE} of recall at 1: "
            f"{reasons}. It stays beside. --force puts it live all the same."
        )
