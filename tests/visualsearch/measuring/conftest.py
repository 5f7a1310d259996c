import pytest

from visualsearch.embedding.card import DEFAULT_CARD
from visualsearch.measuring.methods import ByVectors, open_network


@pytest.fixture(scope="session")
def network() -> ByVectors:
    return open_network(DEFAULT_CARD, "onnxruntime", 1)
