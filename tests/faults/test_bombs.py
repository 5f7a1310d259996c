"""Fifty pictures at once that are small to send and large to decode cost a web process little memory."""

import pytest
import requests

from tests.conftest import picture
from tests.faults.bombs import ADDRESS, BOMBS, MOST_GROWN, bombard
from tests.faults.web import serving

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bombs"), pytest.mark.django_db(transaction=True)]


def test_fifty_bombs_at_once_cost_a_web_process_at_most_400_mb() -> None:
    with serving() as web:
        found = bombard(web, [make() for make in BOMBS.values()])
        assert found.grown <= MOST_GROWN, found
        assert set(found.answers) <= {200, 400, 503}, found
        assert requests.post(web.address + ADDRESS, files={"photo": picture(300, 200)}, timeout=60).status_code == 200
