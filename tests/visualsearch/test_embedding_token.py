"""A look carries a vector through an address, whole, and only for its own network."""

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from tests.visualsearch.many import clustered
from visualsearch.embedding_token import read_token, write_token
from visualsearch.fusion import fuse
from visualsearch.models import Network
from visualsearch.photo import PhotoEmbedding

NETWORK = Network(name="one", sha256="ab" * 32, dimensions=256)
OTHER = Network(name="other", sha256="cd" * 32, dimensions=256)


@given(st.integers(0, 10_000))
def test_look_keeps_what_the_table_keeps(seed: int) -> None:
    vector = clustered(1, seed)[0]
    kept = read_token(write_token(PhotoEmbedding(vector, NETWORK)), [OTHER, NETWORK])
    assert kept.network is NETWORK
    assert np.array_equal(kept.vector, vector.astype(np.float16).astype(np.float32))


@given(st.text(max_size=200))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read_token(text, [NETWORK])
    assert refused.value.code == "look_invalid"


def test_look_of_a_network_that_is_gone_is_outdated() -> None:
    with pytest.raises(ValidationError) as refused:
        read_token(write_token(PhotoEmbedding(clustered(1)[0], NETWORK)), [OTHER])
    assert refused.value.code == "look_outdated"


def test_look_fits_an_address() -> None:
    look = write_token(PhotoEmbedding(clustered(1)[0], NETWORK))
    assert len(look) < 800
    assert all(sign.isalnum() or sign in "-_:" for sign in look)


def test_fuse_puts_first_what_several_rankings_know() -> None:
    assert fuse([["a", "b", "c"], ["d", "b"]])[0] == "b"
    assert fuse([["a", "b"], []]) == ["a", "b"]
    assert fuse([]) == []


def test_fuse_keeps_the_first_ranking_first_where_places_tie() -> None:
    assert fuse([["a", "b"], ["c", "d"]]) == ["a", "c", "b", "d"]
