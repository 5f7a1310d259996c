"""Fixtures of the catalogue's tests."""

import pytest
from django.core.cache import caches


@pytest.fixture(autouse=True)
def _forget_what_was_remembered() -> None:
    """Vocabulary and counts of one test are not those of the next."""
    caches["local"].clear()
