import numpy as np
import pytest

from visualsearch.measuring.ranking import Rankings, nearest_class_mean, rank

LABELS = np.array([0, 0, 1, 1, 2])


def ranked(scores: list[list[float]], classes: list[int], hidden: list[int] | None = None) -> Rankings:
    rows = np.array(scores, dtype=np.float32)
    return rank(lambda some: some, rows, np.array(classes), LABELS, None if hidden is None else np.array(hidden))


def test_rank_returns_the_first_result_and_the_rank_of_the_right_one() -> None:
    rankings = ranked([[0.1, 0.9, 0.3, 0.5, 0.7], [0.1, 0.9, 0.3, 0.5, 0.7]], [0, 1])
    assert rankings.found.tolist() == [0, 0]
    assert rankings.rank.tolist() == [1, 3]
    assert rankings.found_position.tolist() == [1, 1]
    assert rankings.right_position.tolist() == [1, 3]
    assert rankings.gap.tolist() == pytest.approx([0.0, 0.4])


def test_average_precision_and_ndcg_rank_pictures() -> None:
    rankings = ranked([[0.9, 0.6, 0.8, 0.7, 0.1]], [0])
    assert rankings.average_precision[0] == pytest.approx((1 / 1 + 2 / 4) / 2)
    ideal = 1 + 1 / np.log2(3)
    assert rankings.ndcg[0] == pytest.approx((1 + 1 / np.log2(5)) / ideal)


def test_the_query_itself_is_hidden() -> None:
    rankings = ranked([[1.0, 0.2, 0.3, 0.1, 0.0]], [0], hidden=[0])
    assert (rankings.found[0], rankings.rank[0]) == (1, 2)
    assert rankings.average_precision[0] == pytest.approx(1 / 2), "the only remaining picture comes second"


def test_ties_do_not_favour_the_right_class() -> None:
    rankings = ranked([[0.5] * 5, [0.5] * 5], [0, 2])
    assert rankings.found.tolist() == [0, 0]
    assert rankings.rank.tolist() == [1, 3]


def test_a_class_missing_from_the_gallery_has_infinite_rank() -> None:
    rankings = ranked([[0.1, 0.9, 0.3, 0.5, 0.7]], [8])
    assert rankings.rank[0] == rankings.gap[0] == np.inf
    assert rankings.average_precision[0] == rankings.ndcg[0] == 0
    assert rankings.right_position[0] == -1


def test_blocks_of_queries_are_ranked_alike() -> None:
    random = np.random.default_rng(0)
    scores, classes = random.random((1100, 5)).astype(np.float32), random.integers(0, 3, 1100)
    whole = rank(lambda some: some, scores, classes, LABELS)
    single = rank(lambda some: some, scores[-1:], classes[-1:], LABELS)
    assert len(whole) == 1100
    assert whole[slice(-1, None)].rank == single.rank


def test_a_class_mean_excludes_the_query() -> None:
    gallery = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    labels = np.array([0, 0, 1])
    assert nearest_class_mean(gallery[:1], gallery, labels).tolist() == [0]
    assert nearest_class_mean(gallery[:1], gallery, labels, np.array([0])).tolist() == [1]
