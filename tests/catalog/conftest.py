"""Fixtures of the catalogue's tests."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _forget_what_was_remembered() -> None:
    """Vocabulary and counts of one test are not those of the next."""
    cache.clear()
