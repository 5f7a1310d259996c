"""Embedding tokens carry a vector in a URL, and are valid for its network only."""

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.core.signing import Signer
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
def test_token_keeps_the_vector_in_half_precision(seed: int) -> None:
    vector = clustered(1, seed)[0]
    kept = read_token(write_token(PhotoEmbedding(vector, NETWORK)), [OTHER, NETWORK])
    assert kept.network is NETWORK
    assert np.array_equal(kept.vector, vector.astype(np.float16).astype(np.float32))


@given(st.text(max_size=200))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read_token(text, [NETWORK])
    assert refused.value.code == "look_invalid"


def test_token_of_a_removed_network_is_outdated() -> None:
    with pytest.raises(ValidationError) as refused:
        read_token(write_token(PhotoEmbedding(clustered(1)[0], NETWORK)), [OTHER])
    assert refused.value.code == "look_outdated"


def test_token_is_short_and_safe_in_a_url() -> None:
    look = write_token(PhotoEmbedding(clustered(1)[0], NETWORK))
    assert len(look) < 800
    assert all(sign.isalnum() or sign in "-_." for sign in look)


def test_token_of_an_older_address_is_read() -> None:
    look = write_token(PhotoEmbedding(clustered(1)[0], NETWORK)).rpartition(".")[0]
    kept = read_token(Signer(salt="visualsearch.look").sign(look), [NETWORK])
    assert np.allclose(kept.vector, clustered(1)[0], atol=1e-3)


def test_fuse_puts_items_of_several_rankings_first() -> None:
    assert fuse([["a", "b", "c"], ["d", "b"]])[0] == "b"
    assert fuse([["a", "b"], []]) == ["a", "b"]
    assert fuse([]) == []


def test_fuse_breaks_ties_in_favour_of_the_first_ranking() -> None:
    assert fuse([["a", "b"], ["c", "d"]]) == ["a", "c", "b", "d"]
