"""Fixtures of purchase tests."""

import pytest

from tests.purchases import deliver_to


@pytest.fixture
def delivery(db: None) -> None:
    """Deliver within Germany for €4.90, with 19 % VAT."""
    deliver_to("DE")
