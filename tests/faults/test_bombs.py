"""Decompression bombs cost a web process little memory."""

import pytest

from tests.faults.bombs import BOMBS, MAX_GROWTH, bombard
from tests.servers import database_url, web_server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bombs"), pytest.mark.django_db(transaction=True)]


def test_fifty_bombs_at_once_cost_a_web_process_at_most_400_mb() -> None:
    with web_server(DATABASE_URL=database_url()) as web:
        outcome = bombard(web, [make() for make in BOMBS.values()])
    assert outcome.growth <= MAX_GROWTH, outcome
    assert set(outcome.statuses) <= {200, 400, 503}, outcome
