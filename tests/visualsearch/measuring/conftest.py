import pytest

from visualsearch.embedding.card import DEFAULT_CARD
from visualsearch.measuring.methods import VectorMethod, open_network


@pytest.fixture(scope="session")
def network() -> VectorMethod:
    return open_network(DEFAULT_CARD, "onnxruntime", 1)
