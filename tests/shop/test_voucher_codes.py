"""A voucher's code is known however it was copied."""

import pytest

from shop.promotions.services import offers_for
from tests.purchases import NOW, voucher

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("typed", ["summer", "SUMMER\u200b", "\ufeffSum\xadmer\xa0"])
def test_a_code_is_known_with_invisible_characters(typed: str) -> None:
    summer = voucher("SUMMER")
    assert offers_for(typed, "alice@example.com", NOW).voucher == summer


def test_a_code_is_stored_without_invisible_characters() -> None:
    assert voucher("SUMMER\u200b").code == "SUMMER"
