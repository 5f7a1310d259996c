"""The rule of a shop, learnt from what staff refuse and allow."""

import numpy as np
import pytest
from django.utils import timezone
from pgvector import HalfVector

from catalog.models import ProductImage
from tests.factories import CategoryFactory
from tests.visualsearch.moderation.made import candidate, decide, stock, vector
from visualsearch.models import (
    Network,
    PictureDecision,
    Reason,
    RefusedPicture,
    RefusedVector,
    RuleHead,
    VerdictState,
)
from visualsearch.moderation import kernel_head, rule
from visualsearch.moderation.finding import Finding

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TOYS, WEAPONS = 0, 1


@pytest.fixture
def weapons(network: Network) -> list[ProductImage]:
    """Return pictures of weapons that nobody has seen yet, in a shop that sells toys."""
    stock(CategoryFactory(), TOYS, 15, network)
    found = stock(CategoryFactory(), WEAPONS, 30, network)
    ProductImage.objects.filter(pk__in=[image.pk for image in found]).update(is_public=False)
    return found


def refuse(images: list[ProductImage], reason: str = Reason.RULE) -> None:
    for image in images:
        decide(image, VerdictState.REFUSED, reason)


def find(cluster: int, network: Network, seed: int = 99) -> list[Finding]:
    return rule.examine([candidate(vector(cluster, seed, network))])[0]


def test_a_picture_like_those_that_staff_refused_is_found(network: Network, weapons: list[ProductImage]) -> None:
    refuse(weapons[:12], Reason.UNSAFE)
    assert rule.refit_stale(network, NOW)
    [finding] = find(WEAPONS, network)
    assert (finding.check, finding.code, finding.evidence["refused_as"]) == ("rule", "learnt", "unsafe")
    assert finding.score >= rule.CHECK.look_at
    assert len(finding.evidence["nearest"]) == rule.ALIKE
    assert set(finding.evidence["nearest"]) <= {image.pk for image in weapons[:12]}
    assert find(TOYS, network) == []
    assert [len(each) for each in rule.examine([candidate(None), candidate(vector(WEAPONS, 98, network))])] == [0, 1]


def test_it_is_silent_after_a_few_decisions(network: Network, weapons: list[ProductImage]) -> None:
    refuse(weapons[:9])
    rule.refit_stale(network, NOW)
    assert find(WEAPONS, network) == []


def test_it_is_silent_while_decisions_follow_no_rule(network: Network) -> None:
    images = stock(CategoryFactory(), TOYS, 40, network)
    for number, image in enumerate(images):
        decide(image, VerdictState.REFUSED if number % 3 == 0 else VerdictState.ALLOWED, Reason.RULE)
    assert rule.refit_stale(network, NOW)
    assert not RuleHead.objects.get().is_sure
    assert find(TOYS, network) == []


def test_refusals_for_other_reasons_teach_nothing(network: Network, weapons: list[ProductImage]) -> None:
    refuse(weapons[:12], Reason.QUALITY)
    rule.refit_stale(network, NOW)
    assert find(WEAPONS, network) == []


def test_the_last_decision_counts_and_an_undone_one_does_not(network: Network, weapons: list[ProductImage]) -> None:
    refuse(weapons[:12])
    decide(weapons[0], VerdictState.ALLOWED)
    undone = decide(weapons[1], VerdictState.LOOK)
    PictureDecision.objects.filter(pk=undone.pk).update(is_undo=True)
    examples = rule.read_examples(network)
    assert examples
    refused = {sha256 for sha256, is_refused in zip(examples.hashes, examples.is_refused, strict=True) if is_refused}
    assert refused == {image.sha256 for image in weapons[2:12]}


def test_a_head_is_fitted_again_once_the_log_has_grown_by_a_tenth(
    network: Network, weapons: list[ProductImage]
) -> None:
    refuse(weapons[:20])
    assert rule.refit_stale(network, NOW)
    assert not rule.refit_stale(network, NOW)
    refuse(weapons[20:21])
    assert not rule.refit_stale(network, NOW)
    refuse(weapons[21:22])
    assert rule.refit_stale(network, NOW)
    assert RuleHead.objects.get().refused == 22


def test_deleted_pictures_still_teach(network: Network, weapons: list[ProductImage]) -> None:
    refuse(weapons[:12])
    rule.refit_stale(network, NOW)
    ProductImage.objects.filter(pk__in=[image.pk for image in weapons[:12]]).delete()
    refuse(weapons[12:15])
    rule.refit_stale(network, NOW)
    assert RuleHead.objects.get().refused == 15


def test_pictures_deleted_before_a_head_was_fitted_teach_by_what_is_kept_of_them(
    network: Network, weapons: list[ProductImage]
) -> None:
    refuse(weapons[:12])
    for number, image in enumerate(weapons[:12]):
        kept = RefusedPicture.objects.create(sha256=image.sha256, reason=Reason.RULE, decided_at=NOW)
        for view, cluster in ((rule.WHOLE, WEAPONS), (1, TOYS)):
            seen = HalfVector(vector(cluster, number, network))
            RefusedVector.objects.create(refused=kept, network=network, view=view, vector=seen)
    ProductImage.objects.filter(pk__in=[image.pk for image in weapons]).delete()
    rule.refit_stale(network, NOW)
    assert RuleHead.objects.get().refused == 12
    [finding] = find(WEAPONS, network)
    assert finding.evidence["nearest"] == []  # nothing left to show


def test_a_head_that_is_worse_is_not_used(network: Network, weapons: list[ProductImage]) -> None:
    refuse(weapons[:20])
    rule.refit_stale(network, NOW)
    before = RuleHead.objects.get()
    for image in weapons[20:]:  # staff contradict themselves
        decide(image, VerdictState.ALLOWED)
    RuleHead.objects.update(examples=[[*each[:2], 9.0 if each[1] else -9.0, each[3]] for each in before.examples])
    rule.refit_stale(network, NOW)
    after = RuleHead.objects.get()
    assert (after.refused, after.average_precision) == (before.refused, before.average_precision)
    assert after.log_entries > before.log_entries
    assert after.figures["high"] < 0


def test_chances_are_calibrated() -> None:
    random = np.random.default_rng(0)
    centres = np.eye(16, dtype=np.float32)[:2]
    rows = centres[random.integers(2, size=600)] + 0.45 * random.normal(size=(600, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    labels = random.random(600) < 1 / (1 + np.exp(-8 * (rows[:, 1] - 0.6)))
    fitted = rule.fit(
        rule.Examples([str(n) for n in range(400)], rows[:400], labels[:400], [""] * 400,
                      [str(n) for n in range(400)], float(labels[:400].mean()))
    )  # fmt: skip
    row = RuleHead(**fitted)
    chances = rule.probabilities(row, rule.head_of(row).values(rows[400:]))
    assert abs(chances.mean() - labels[400:].mean()) < 0.08
    assert kernel_head.average_precision(chances, labels[400:]) > 0.6


def test_groups_are_held_out_together() -> None:
    vectors = np.eye(20, dtype=np.float32)[np.arange(20) // 2]  # pairs of equal pictures
    labels = np.arange(20) % 4 < 2
    apart = kernel_head.held_out_values(vectors, labels, [str(n) for n in range(20)])
    together = kernel_head.held_out_values(vectors, labels, [str(n // 2) for n in range(20)])
    assert kernel_head.average_precision(apart, labels) > kernel_head.average_precision(together, labels)
    assert set(np.sign(apart[labels])) == {1.0}
