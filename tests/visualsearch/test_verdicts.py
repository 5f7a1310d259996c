"""Verdicts: by a calibration, or by the threshold on the network's card."""

import numpy as np
import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from visualsearch.measuring.logistic import Curve
from visualsearch.models import Calibration, Network
from visualsearch.networks import serving
from visualsearch.search import Hit
from visualsearch.verdicts import CardJudge, Evidence, Judge, evidence, judge

MUGS, LAMPS = 1, 2


def hits(*scores: float) -> list[Hit]:
    return [Hit(None, place, place, score) for place, score in enumerate(scores)]


def calibrate(network: Network, none_below: float = 0.2, match_from: float = 0.8) -> Calibration:
    """Store a curve that is 0.5 at a score of 0.5, whatever the neighbours are."""
    return Calibration.objects.create(
        network=network, bias=-10.0, weights=[20.0, 0.0], none_below=none_below, match_from=match_from,
        bins=[[0, 0]] * 10, verdicts=[[0, 0, 0]] * 2, pictures=0, calibrated_at=timezone.now(),
    )  # fmt: skip


def test_evidence_is_the_best_score_and_how_far_neighbours_agree() -> None:
    found = hits(0.7, 0.65, 0.65)
    assert evidence(found, {0: MUGS, 1: MUGS, 2: MUGS}) == pytest.approx((0.7, 1.0))
    assert evidence(found, {0: MUGS, 1: MUGS, 2: LAMPS}) == pytest.approx((0.7, 0.5))
    assert evidence(found[:1], {0: MUGS}) == (0.7, 0.0)


def test_near_neighbours_weigh_more() -> None:
    near, far = {0: MUGS, 1: MUGS, 2: LAMPS}, {0: MUGS, 1: LAMPS, 2: MUGS}
    assert evidence(hits(0.7, 0.69, 0.4), near).agreement > 0.99
    assert evidence(hits(0.7, 0.69, 0.4), far).agreement < 0.01


def test_evidence_does_not_depend_on_the_order() -> None:
    categories = {0: MUGS, 1: MUGS, 2: LAMPS}
    assert evidence(hits(0.7, 0.6, 0.5)[::-1], categories) == evidence(hits(0.7, 0.6, 0.5), categories)


def test_nothing_found_is_no_match() -> None:
    found = evidence([], {})
    assert CardJudge(0.6).verdict(found) == "no_match"
    assert Judge(Curve(-10.0, (20.0, 0.0)), 0.2, 0.8).verdict(found) == "no_match"


@pytest.mark.parametrize(("best", "verdict"), [(0.6, "match"), (0.52, "unsure"), (0.4, "no_match")])
def test_calibration_decides_by_probability(best: float, verdict: str) -> None:
    rule = Judge(Curve(-10.0, (20.0, 0.0)), 0.2, 0.8)
    assert rule.verdict(Evidence(best, 0.0)) == verdict


@pytest.mark.parametrize(("best", "verdict"), [(0.61, "match"), (0.55, "unsure"), (0.45, "no_match")])
def test_card_decides_without_a_calibration(best: float, verdict: str) -> None:
    assert CardJudge(0.6).verdict(Evidence(best, 0.0)) == verdict


def test_probability_is_between_0_and_1_for_any_score() -> None:
    rule = Judge(Curve(-1e6, (2e6, 0.0)), 0.2, 0.8)
    assert [rule.probability(Evidence(best, 0.0)) for best in (-1.0, 1.0)] == pytest.approx([0.0, 1.0], abs=1e-6)


@pytest.mark.django_db
def test_calibration_of_a_live_network_is_read_from_memory(
    network: Network, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    calibrate(network)
    serving.live()  # reads the new calibration
    with django_assert_num_queries(1):
        live = serving.live()
    with django_assert_num_queries(0):
        assert isinstance(judge(live), Judge)
        assert isinstance(judge(Network(pk=network.pk, sha256=network.sha256)), Judge)


@pytest.mark.django_db
def test_live_network_without_a_calibration_costs_no_query(
    network: Network, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    live = serving.live()
    with django_assert_num_queries(0):
        assert judge(live) == CardJudge(network.card["match_threshold"])


@pytest.mark.django_db
def test_new_calibration_counts_from_the_next_request(network: Network) -> None:
    calibrate(network)
    serving.current()
    Calibration.objects.update(match_from=0.9)
    assert judge(serving.live()) == Judge(Curve(-10.0, (20.0, 0.0)), 0.2, 0.9)


def test_softness_does_not_overflow() -> None:
    found = evidence(hits(1.0, -1.0), {0: MUGS, 1: MUGS})
    assert np.isfinite(found.agreement)
