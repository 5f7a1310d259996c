"""Traditional baselines on small pictures."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.visualsearch.pictures import encoded, noise, thing
from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.measuring.baselines import NAMES, open_baseline
from visualsearch.measuring.opencv import MIN_MATCHES, Sift, count_matches


def scores(name: str, query: Image.Image, *gallery: Image.Image, region: Region = WHOLE) -> list[float]:
    method = open_baseline(name)
    descriptors = method.describe(list(gallery), [WHOLE] * len(gallery))
    row = method.index(descriptors)(method.describe([encoded(query)], [region]))[0]
    return [float(score) for score in row]


def ball(colour: str, left: int) -> Image.Image:
    picture = Image.new("RGB", (240, 240), "white")
    ImageDraw.Draw(picture).ellipse((left - 60, 10, left + 160, 230), fill=colour)
    return picture


def textured(seed: int) -> Image.Image:
    """Return a picture with corners everywhere, different for each seed."""
    blocks = np.random.default_rng(seed).integers(0, 256, (24, 24), dtype=np.uint8)
    return Image.fromarray(blocks).resize((240, 240), Image.Resampling.NEAREST).convert("RGB")


def test_colour_histogram_compares_colours_and_ignores_shapes() -> None:
    similar, other = scores("colour", ball("red", 70), ball("red", 75), ball("blue", 70))
    assert similar > 0.95 > 0.8 > other
    rotated, _ = scores("colour", noise(), noise().rotate(180), noise(seed=1))
    assert rotated == pytest.approx(1.0, abs=1e-3)


def test_hog_compares_shapes_and_ignores_colours() -> None:
    similar, other = scores("hog", thing("circle", 0, 1), thing("circle", 160, 1), thing("stripes", 0, 1))
    assert similar > 0.9 > other


def test_hog_finds_no_similarity_between_pictures_of_noise() -> None:
    one, other = (Image.effect_noise((128, 128), 80).convert("RGB") for _ in range(2))
    assert scores("hog", one, other)[0] < 0.3


@pytest.mark.parametrize("name", ["colour", "hog"])
def test_vectors_have_unit_length(name: str) -> None:
    descriptors = open_baseline(name).describe([noise(), Image.new("RGB", (50, 40), (7, 7, 7))], [WHOLE, WHOLE])
    lengths = np.linalg.norm(descriptors, axis=1)
    assert lengths[0] == pytest.approx(1.0, abs=1e-5)
    assert lengths[1] <= 1.0 + 1e-5, "a picture without edges has no gradients"


def test_sift_finds_a_rotated_and_moved_picture() -> None:
    photo = textured(0).rotate(25, expand=True, fillcolor="white").resize((300, 280))
    right, wrong = scores("sift", photo, textured(0), textured(1))
    assert right >= MIN_MATCHES > wrong


def test_sift_matches_no_more_than_its_shortlist() -> None:
    gallery = [textured(seed) for seed in range(4)]
    method = Sift(shortlist=1)
    descriptors = method.describe(gallery, [WHOLE] * 4)
    row = method.index(descriptors)(descriptors[:1])[0]
    assert (row >= MIN_MATCHES).tolist() == [True, False, False, False]


def test_sift_scores_do_not_depend_on_earlier_comparisons() -> None:
    one, other = Sift().describe([textured(0), textured(0).rotate(10)], [WHOLE] * 2)
    first = count_matches(one, other)
    count_matches(other, one)
    assert count_matches(one, other) == first > MIN_MATCHES


@pytest.mark.parametrize("name", NAMES)
def test_only_the_region_is_used(name: str) -> None:
    both = Image.new("RGB", (480, 240), "white")
    both.paste(textured(0), (0, 0))
    both.paste(noise(240, 240, seed=5), (240, 0))
    left, right = (Region(0.0, 0.0, 0.5, 1.0), Region(0.5, 0.0, 0.5, 1.0))
    gallery = textured(0), noise(240, 240, seed=5)
    first = scores(name, both, *gallery, region=left)
    assert first[0] > first[1]
    assert scores(name, both, *gallery, region=right)[1] > first[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_picture_gets_finite_scores(name: str) -> None:
    blank = Image.new("RGB", (64, 64), "white")
    assert np.isfinite(scores(name, blank, blank, textured(0))).all()
    assert np.isfinite(scores(name, textured(0), blank, blank)).all()
