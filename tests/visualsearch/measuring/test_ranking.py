import numpy as np
import pytest

from visualsearch.measuring.ranking import Rankings, nearest_class_mean, rank

LABELS = np.array([0, 0, 1, 1, 2])


def asked(scores: list[list[float]], wanted: list[int], hidden: list[int] | None = None) -> Rankings:
    rows = np.array(scores, dtype=np.float32)
    return rank(lambda some: some, rows, np.array(wanted), LABELS, None if hidden is None else np.array(hidden))


def test_answers_say_what_came_first_and_where_the_right_thing_stood() -> None:
    answers = asked([[0.1, 0.9, 0.3, 0.5, 0.7], [0.1, 0.9, 0.3, 0.5, 0.7]], [0, 1])
    assert answers.found.tolist() == [0, 0]
    assert answers.rank.tolist() == [1, 3]
    assert answers.found_position.tolist() == [1, 1]
    assert answers.right_position.tolist() == [1, 3]
    assert answers.gap.tolist() == pytest.approx([0.0, 0.4])


def test_average_precision_and_gain_go_over_pictures() -> None:
    answers = asked([[0.9, 0.6, 0.8, 0.7, 0.1]], [0])
    assert answers.average_precision[0] == pytest.approx((1 / 1 + 2 / 4) / 2)
    ideal = 1 + 1 / np.log2(3)
    assert answers.ndcg[0] == pytest.approx((1 + 1 / np.log2(5)) / ideal)


def test_the_picture_that_asks_is_no_answer() -> None:
    answers = asked([[1.0, 0.2, 0.3, 0.1, 0.0]], [0], hidden=[0])
    assert (answers.found[0], answers.rank[0]) == (1, 2)
    assert answers.average_precision[0] == pytest.approx(1 / 2), "one picture is left to find, and it comes second"


def test_equal_scores_favour_no_right_answer() -> None:
    answers = asked([[0.5] * 5, [0.5] * 5], [0, 2])
    assert answers.found.tolist() == [0, 0]
    assert answers.rank.tolist() == [1, 3]


def test_what_the_gallery_lacks_has_no_place() -> None:
    answers = asked([[0.1, 0.9, 0.3, 0.5, 0.7]], [8])
    assert answers.rank[0] == answers.gap[0] == np.inf
    assert answers.average_precision[0] == answers.ndcg[0] == 0
    assert answers.right_position[0] == -1


def test_many_queries_are_answered_as_few_are() -> None:
    random = np.random.default_rng(0)
    scores, wanted = random.random((1100, 5)).astype(np.float32), random.integers(0, 3, 1100)
    whole = rank(lambda some: some, scores, wanted, LABELS)
    single = rank(lambda some: some, scores[-1:], wanted[-1:], LABELS)
    assert len(whole) == 1100
    assert whole[slice(-1, None)].rank == single.rank


def test_a_class_mean_leaves_out_the_picture_that_asks() -> None:
    gallery = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    labels = np.array([0, 0, 1])
    assert nearest_class_mean(gallery[:1], gallery, labels).tolist() == [0]
    assert nearest_class_mean(gallery[:1], gallery, labels, np.array([0])).tolist() == [1]
