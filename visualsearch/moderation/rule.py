"""The check for what this shop forbids, learnt from what staff decide: weapons in a toy shop, say.

A head on the vectors of the live network (`kernel_head`) tells refused pictures from allowed ones and from a sample of
the shop's own. It says nothing until it is sure: at least MIN_REFUSED pictures refused, and MIN_PRECISION on pictures
that it had not seen. A task fits it again when the log of decisions has grown by a tenth, and a head that is worse
than the one before, beyond chance, is not used. Pictures refused as unsafe teach it, too: a second vote on those.

A refused picture still teaches once it has been deleted, by the vector that `moderation.memory` keeps of it. Of an
allowed one the head keeps the vector itself, so the head of another network does not know it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import F

from catalog.models import ProductImage
from visualsearch.models import ImageEmbedding, Network, PictureDecision, Reason, RefusedVector, RuleHead, VerdictState
from visualsearch.moderation import kernel_head
from visualsearch.moderation.finding import Candidate, Check, Finding
from visualsearch.moderation.kernel_head import Bools, Floats, Head, Vectors
from visualsearch.moderation.sampling import draw_keys
from visualsearch.networks import serving
from visualsearch.networks.locks import try_lock
from visualsearch.words.vocabulary import BINARY, from_binary

FORBIDDEN = (Reason.RULE, Reason.UNSAFE, Reason.OTHER)  # other reasons say nothing about what a picture shows
LOOK_AT = 0.5
WORTH_STORING = 0.2
MIN_REFUSED = 10
MIN_PRECISION = 0.7  # average precision on examples that were held out
MIN_GROWTH = 0.1  # of the log: fit again
MAX_EACH = 750  # refused and allowed pictures, newest first
OWN = 300  # of the shop's own pictures, as allowed ones
MAX_ENTRIES = 20_000  # of the log to read
ALIKE = 3  # examples in the evidence
WHOLE = 0  # the view of a refused picture that shows all of it
LOCK = 0x5E3B1ABD  # with the network's key: one process at a time fits its head
NUMBER, WEIGHT = "<f2", "<f4"  # in the table


@dataclass(frozen=True)
class Examples:
    """Pictures with a decision, or of the shop's own: hashes, vectors, whether refused, why, and their groups.

    Pictures of one product are a group: what is learnt from one must not be tried on another.
    """

    hashes: Sequence[str]
    vectors: Vectors
    is_refused: Bools
    reasons: Sequence[str]
    groups: Sequence[str]
    share: float  # of refusals among the decisions


def examine(candidates: Sequence[Candidate]) -> list[list[Finding]]:
    """Return how likely it is that staff would refuse each picture, given what they decided. Three queries."""
    row = RuleHead.objects.filter(network=serving.live(), is_sure=True).first()
    known = [each.vector for each in candidates if each.vector is not None]
    if row is None or not known:
        return [[] for _ in candidates]
    head, vectors = head_of(row), np.array(known, dtype=np.float32)
    chances = probabilities(row, head.values(vectors))
    alike = [_alike(vector, head, row) for vector in vectors]
    hashes = {row.examples[place][0] for places in alike for place in places}
    images = dict(ProductImage.objects.filter(sha256__in=hashes).values_list("sha256", "pk"))
    found = iter([_finding(*each, row, images) for each in zip(chances.tolist(), alike, strict=True)])
    return [[] if each.vector is None else next(found) for each in candidates]


def _alike(vector: Vectors, head: Head, row: RuleHead) -> list[int]:
    """Return the places of the refused examples that are most like the vector."""
    refused = np.flatnonzero([each[1] for each in row.examples])
    nearest: list[int] = refused[np.argsort(-head.vectors[refused] @ vector)[:ALIKE]].tolist()
    return nearest


def _finding(chance: float, alike: Sequence[int], row: RuleHead, images: Mapping[str, int]) -> list[Finding]:
    """Return what was found, with the refused pictures that it is like, unless they have been deleted."""
    if chance < WORTH_STORING:
        return []
    examples = [row.examples[place] for place in alike]
    reason = Counter(each[3] for each in examples).most_common(1)[0][0]
    nearest = [images[each[0]] for each in examples if each[0] in images]
    evidence = {"refused_as": reason, "refused_pictures": row.refused, "nearest": nearest}
    return [Finding(Reason.RULE, "learnt", round(chance, 4), evidence)]


def head_of(row: RuleHead) -> Head:
    """Return the head that is stored in this row."""
    weights = np.frombuffer(bytes(row.weights), WEIGHT).astype(np.float64)
    return Head(_stored_vectors(row), weights, row.bias)


def _stored_vectors(row: RuleHead) -> Vectors:
    return np.frombuffer(bytes(row.vectors), NUMBER).astype(np.float32).reshape(len(row.examples), -1)


def probabilities(row: RuleHead, values: Floats) -> Floats:
    """Return how likely these values are to be refused, among pictures such as staff decide on."""
    found: Floats = 1 / (1 + np.exp(-np.clip(row.slope * values + row.offset, -30, 30)))
    return found


def refit_stale(network: Network, now: datetime) -> bool:
    """Fit the head again if the log of decisions has grown by a tenth. Return True if it tried."""
    entries = PictureDecision.objects.count()
    known = RuleHead.objects.filter(network=network).only("log_entries").first()
    before = known.log_entries if known else 0
    if entries < MIN_REFUSED or entries - before < max(1.0, MIN_GROWTH * before):
        return False
    with try_lock(LOCK, network) as is_free:
        if is_free:
            _refit(network, entries, now)
    return is_free


def _refit(network: Network, entries: int, now: datetime) -> None:
    old = RuleHead.objects.filter(network=network).first()
    examples = read_examples(network, old)
    values: dict[str, Any] = {"log_entries": entries}
    if examples is not None:
        fitted = fit(examples)
        fitted["figures"] = _compare(old, examples, [each[2] for each in fitted["examples"]]) if old else {}
        if fitted["figures"].get("high", 0.0) >= 0:
            values |= fitted | {"fitted_at": now}
        else:
            values["figures"] = fitted["figures"]
    RuleHead.objects.update_or_create(network=network, defaults=values, create_defaults={"fitted_at": now} | values)


def fit(examples: Examples) -> dict[str, Any]:
    """Return the columns of a RuleHead."""
    labels = examples.is_refused
    head = kernel_head.fit(examples.vectors, labels)
    values = kernel_head.held_out_values(examples.vectors, labels, examples.groups)
    slope, offset = kernel_head.calibrate(values, labels, examples.share)
    precision = kernel_head.average_precision(values, labels)
    rows = zip(examples.hashes, labels.tolist(), values.round(4).tolist(), examples.reasons, strict=True)
    return {
        "examples": [list(row) for row in rows],
        "vectors": head.vectors.astype(NUMBER).tobytes(),
        "weights": head.weights.astype(WEIGHT).tobytes(),
        "bias": head.bias, "slope": slope, "offset": offset,
        "refused": int(labels.sum()),
        "average_precision": precision,
        "is_sure": bool(labels.sum() >= MIN_REFUSED and precision >= MIN_PRECISION and slope > 0),
    }  # fmt: skip


def _compare(old: RuleHead, examples: Examples, new: Sequence[float]) -> dict[str, float]:
    """Compare two heads on pictures that neither had seen: as it was held out, or decided since the old one."""
    if not old.is_sure:
        return {}
    seen = {sha256: value for sha256, _is_refused, value, _reason in old.examples}
    now = head_of(old).values(examples.vectors)
    before = np.array([seen.get(sha256, value) for sha256, value in zip(examples.hashes, now, strict=True)])
    low, high = kernel_head.difference(np.array(new), before, examples.is_refused)
    return {
        "old": kernel_head.average_precision(before, examples.is_refused),
        "new": kernel_head.average_precision(np.array(new), examples.is_refused),
        "low": low,
        "high": high,
    }


def read_examples(network: Network, old: RuleHead | None = None) -> Examples | None:
    """Return what a head can learn from. None if fewer than MIN_REFUSED pictures were refused, or none allowed."""
    refused, allowed = _decided()
    own = _own_pictures(network, {*refused, *allowed})
    wanted = {**refused, **allowed}
    vectors = {**_vectors_of(list(wanted), network, old), **{sha256: vector for sha256, (vector, _) in own.items()}}
    groups = {sha256: row.product or sha256 for sha256, row in wanted.items()} | {
        sha256: group for sha256, (_, group) in own.items()
    }
    hashes = [sha256 for sha256 in (*refused, *allowed, *own) if sha256 in vectors]
    labels = np.array([sha256 in refused for sha256 in hashes], dtype=bool)
    if labels.sum() < MIN_REFUSED or labels.all():
        return None
    decided = sum(sha256 in vectors for sha256 in wanted)
    reasons = [refused[sha256].reason or Reason.OTHER.value if sha256 in refused else "" for sha256 in hashes]
    stacked = np.array([vectors[sha256] for sha256 in hashes], dtype=np.float32)
    return Examples(
        hashes, stacked, labels, reasons, [groups[sha256] for sha256 in hashes], labels.sum() / max(1, decided)
    )


def _decided() -> tuple[dict[str, PictureDecision], dict[str, PictureDecision]]:
    """Return the newest decision on each refused and on each allowed picture, by the hash. One query."""
    newest: dict[str, PictureDecision] = {}
    for row in PictureDecision.objects.defer("note", "appeal", "scores").order_by("-decided_at", "-pk")[:MAX_ENTRIES]:
        newest.setdefault(row.image_sha256, row)
    refused = [row for row in newest.values() if row.state == VerdictState.REFUSED and not row.is_undo]
    forbidden = [row for row in refused if (row.reason or Reason.OTHER) in FORBIDDEN][:MAX_EACH]
    allowed = [row for row in newest.values() if row.state == VerdictState.ALLOWED and not row.is_undo][:MAX_EACH]
    return {row.image_sha256: row for row in forbidden}, {row.image_sha256: row for row in allowed}


def _own_pictures(network: Network, decided: set[str]) -> dict[str, tuple[Vectors, str]]:
    """Return vectors and products of a sample of public pictures by their hashes. A few queries."""
    keys = draw_keys(ProductImage.objects.shown().exclude(sha256__in=decided), OWN)
    rows = ImageEmbedding.objects.filter(image__in=keys, network=network, vector__isnull=False)
    found = rows.values_list("image_sha256", "image__product__title", BINARY)
    return {sha256: (from_binary(bytes(vector)), product) for sha256, product, vector in found}


def _vectors_of(hashes: Sequence[str], network: Network, old: RuleHead | None) -> Mapping[str, Vectors]:
    """Return the vectors of these pictures: from the index, of deleted ones as they were kept. Two queries."""
    found: dict[str, Vectors] = {}
    if old:
        found = dict(zip((each[0] for each in old.examples), _stored_vectors(old), strict=True))
    kept = RefusedVector.objects.filter(refused__sha256__in=hashes, network=network, view=WHOLE)
    rows = ImageEmbedding.objects.filter(image_sha256__in=hashes, network=network, vector__isnull=False)
    current = rows.filter(image__sha256=F("image_sha256")).values_list("image_sha256", BINARY)
    for sha256, vector in (*kept.values_list("refused__sha256", BINARY), *current):
        found[sha256] = from_binary(bytes(vector))
    return found


CHECK = Check(Reason.RULE, examine, LOOK_AT)
