"""What tests of the purchase begin with."""

import pytest

from tests.purchases import deliver_to


@pytest.fixture
def delivery(db: None) -> None:
    """The shop delivers within Germany, for €4.90 with 19 % of VAT."""
    deliver_to("DE")
