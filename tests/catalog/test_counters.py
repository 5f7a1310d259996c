"""Counters are written without waiting for the disk, and nothing else is."""

import pytest
from django.db import connection, transaction

from catalog.counters import write_count

COUNT = "INSERT INTO catalog_followup (day, step, times) VALUES ('2026-05-04', %(step)s, 1) RETURNING times"


def waits() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_only_the_count_does_not_wait() -> None:
    usual = waits()
    shown = "SELECT current_setting('synchronous_commit')"
    assert write_count(shown, {}) == [("off",)]
    assert waits() == usual


@pytest.mark.django_db(transaction=True)
def test_a_count_is_committed_at_once() -> None:
    assert write_count(COUNT, {"step": "opened"}) == [(1,)]
    with connection.cursor() as cursor:
        cursor.execute("ROLLBACK; SELECT count(*) FROM catalog_followup")
        cursor.nextset()
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_an_order_waits_even_if_something_is_counted_with_it() -> None:
    with transaction.atomic():
        write_count(COUNT, {"step": "opened"})
        assert waits() == "on"
