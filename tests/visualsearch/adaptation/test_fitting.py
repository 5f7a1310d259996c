"""The map shrinks what differs between a picture and the same picture taken again."""

import numpy as np
import pytest

from visualsearch.adaptation.fitting import fit
from visualsearch.adaptation.samples import Again, Gallery
from visualsearch.adaptation.trials import is_better, try_map
from visualsearch.embedding.vectors import unit_vectors
from visualsearch.networks.comparison import Measure

DIMENSIONS, PICTURES = 16, 200


def shop(noise: int, seed: int = 0) -> tuple[Gallery, Again]:
    """Return pictures of as many products, of two kinds, and the same taken again: `noise` dimensions change."""
    random = np.random.default_rng(seed)
    vectors = unit_vectors(random.normal(size=(PICTURES, DIMENSIONS)).astype(np.float32))
    changed = vectors.copy()
    changed[:, :noise] += random.normal(size=(PICTURES, noise)).astype(np.float32)
    keys = np.arange(PICTURES)
    kinds = (vectors[:, -1] > 0).astype(np.int64)
    return Gallery(keys, keys, kinds, vectors), Again(keys, unit_vectors(changed))


def half(again: Again, rest: int) -> Again:
    return Again(again.places[rest::2], again.vectors[rest::2])


def test_strength_0_changes_nothing() -> None:
    gallery, again = shop(4)
    np.testing.assert_allclose(fit(gallery.vectors, again.vectors, 0.0), np.eye(DIMENSIONS), atol=1e-6)


def test_directions_that_change_are_shrunk() -> None:
    gallery, again = shop(4)
    weights = np.diag(fit(gallery.vectors, again.vectors, 0.5))
    assert weights[:4].max() < 0.7 * weights[4:].min()


def test_a_map_is_better_on_products_that_it_was_not_fitted_on() -> None:
    gallery, again = shop(4)
    fitted, tried = half(again, 0), half(again, 1)
    measures = try_map(fit(gallery.vectors[fitted.places], fitted.vectors, 0.5), gallery, tried)
    assert [each.name for each in measures] == ["rephotographed", "same kind"], "no product has a second picture"
    assert measures[0].new > measures[0].old + 0.1
    assert measures[0].queries == PICTURES / 2
    assert is_better(measures)


def test_a_map_that_fits_nothing_is_not_better() -> None:
    gallery, again = shop(4)
    fitted, tried = half(again, 0), half(again, 1)
    backwards = np.linalg.inv(fit(gallery.vectors[fitted.places], fitted.vectors, 0.5))
    assert not is_better(try_map(backwards, gallery, tried))
    assert not is_better(try_map(np.eye(DIMENSIONS, dtype=np.float32), gallery, tried))


def test_leave_one_out_looks_for_another_picture_of_the_product() -> None:
    gallery, again = shop(1)
    pairs = gallery._replace(products=gallery.products // 2, vectors=gallery.vectors[gallery.images // 2 * 2])
    measures = try_map(np.eye(DIMENSIONS, dtype=np.float32), pairs, again)
    assert [each.name for each in measures] == ["rephotographed", "leave one out", "same kind"]
    assert measures[1].old == pytest.approx(measures[0].old)


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([(0.01, 0.03), (-0.01, 0.01)], True),
        ([(-0.01, 0.03), (-0.01, 0.01)], False),  # nothing is better beyond the noise
        ([(-0.01, 0.03), (0.01, 0.03)], False),  # more of the kind, but not of the products
        ([(0.01, 0.03), (-0.01, -0.001)], False),  # the other one is worse
        ([(0.01, 0.03), (-0.05, 0.03)], False),  # the other one may be
        ([], False),
    ],
)
def test_one_measure_must_be_better_and_none_worse(intervals: list[tuple[float, float]], expected: bool) -> None:
    names = ("rephotographed", "same kind")
    measures = [
        Measure(name, 100, 100, 0.5, 0.5 + (low + high) / 2, low, high)
        for name, (low, high) in zip(names, intervals, strict=False)
    ]
    assert is_better(measures) is expected
