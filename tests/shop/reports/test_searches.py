"""Search reports by day and by term."""

from datetime import timedelta

import pytest

from catalog.search_counts import count_photo_search, count_text_search
from shop.reports.period import Period, Step
from shop.reports.searches import searched_words, searches_over_time, unanswered_words
from tests.purchases import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATELY = Period(NOW.date() - DAY, NOW.date())


@pytest.fixture(autouse=True)
def _searches(db: None) -> None:
    for text, found, days in (
        ("mug", True, 0), ("mug", True, 1), ("zeppelin", False, 1), ("zeppelin", False, 1), ("lamp", False, 0),
        ("a@b", True, 0), ("too old", False, 2),
    ):  # fmt: skip
        count_text_search(text, found=found, now=NOW - days * DAY)
    for found in (True, True, True, False):
        count_photo_search(found=found, now=NOW)


def test_a_day_counts_searches_and_those_without_results() -> None:
    report = searches_over_time(LATELY)
    yesterday, today = report.rows
    assert list(yesterday[1:]) == [3, 2, pytest.approx(2 / 3), 0, 0, None]
    assert list(today[1:]) == [3, 1, pytest.approx(1 / 3), 4, 1, 0.25]
    assert report.total is not None
    assert list(report.total[1:]) == [6, 3, 0.5, 4, 1, 0.25]


def test_a_month_is_the_sum_of_its_days() -> None:
    (row,) = searches_over_time(Period(NOW.date() - 2 * DAY, NOW.date(), Step.MONTH)).rows
    assert (row[1], row[4]) == (7, 4)


def test_search_terms_are_summed_over_days() -> None:
    rows = [(str(row[0]), *row[1:]) for row in searched_words(LATELY).rows]
    assert rows == [("mug", 2, 0), ("zeppelin", 2, 2), ("(not recorded)", 1, 0), ("lamp", 1, 1)]


def test_searches_without_results_have_a_report() -> None:
    assert [tuple(row) for row in unanswered_words(LATELY).rows] == [("zeppelin", 2, 2), ("lamp", 1, 1)]
