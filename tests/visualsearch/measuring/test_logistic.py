"""Logistic regression with a ridge, and probabilities of examples that the curve did not know."""

import numpy as np
import pytest

from visualsearch.measuring.logistic import Bools, Floats, fit, held_out_probabilities


def examples(count: int = 400, apart: float = 2.0, share: float = 0.5) -> tuple[Floats, Bools]:
    """Return two features: one that tells the classes apart, and noise."""
    random = np.random.default_rng(1)
    labels = random.random(count) < share
    return np.column_stack([random.normal(apart * labels, 1.0), random.normal(size=count)]), labels


def test_probability_is_as_often_right_as_it_says() -> None:
    features, labels = examples(4000)
    chances = fit(features, labels).probability(features)
    for low in (0.1, 0.4, 0.7):
        within = (chances >= low) & (chances < low + 0.2)
        assert labels[within].mean() == pytest.approx(low + 0.1, abs=0.06)


def test_noise_hardly_counts() -> None:
    first, second = fit(*examples()).weights
    assert abs(second) < 0.2 * first


def test_classes_weigh_the_same_however_many_examples_they_have() -> None:
    features, labels = examples(4000, share=0.1)
    middle = fit(features, labels).probability(np.array([[1.0, 0.0]]))
    assert middle[0] == pytest.approx(0.5, abs=0.06)


def test_curve_stays_soft_where_classes_do_not_overlap() -> None:
    features, labels = examples(apart=20.0)
    chances = fit(features, labels).probability(features)
    assert chances[labels].min() > 0.8
    assert chances[labels].max() < 0.999


def test_feature_without_spread_counts_nothing() -> None:
    features, labels = examples()
    features[:, 1] = 1.0
    assert fit(features, labels).weights[1] == pytest.approx(0.0)


def test_held_out_probabilities_do_not_know_their_group() -> None:
    """Each group has a label of its own, which only its own examples could teach."""
    random = np.random.default_rng(2)
    groups = np.repeat(np.arange(40), 5)
    labels = (random.random(40) < 0.5)[groups]
    features = random.normal(size=(40, 3))[groups]
    known = fit(features, labels).probability(features)
    unknown = held_out_probabilities(features, labels, groups)
    assert unknown[labels].mean() - unknown[~labels].mean() < known[labels].mean() - known[~labels].mean()
