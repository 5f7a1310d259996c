"""Voucher codes with invisible characters from copying."""

import pytest

from shop.promotions.services import offers_for
from tests.purchases import NOW, voucher

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("typed", ["summer", "SUMMER\u200b", "\ufeffSum\xadmer\xa0"])
def test_a_code_is_found_despite_invisible_characters(typed: str) -> None:
    summer = voucher("SUMMER")
    assert offers_for([], typed, "alice@example.com", "EUR", NOW).voucher == summer


def test_a_code_is_stored_without_invisible_characters() -> None:
    assert voucher("SUMMER\u200b").code == "SUMMER"
