"""Learning words from vectors."""

import numpy as np
import pytest

from visualsearch.words import learning
from visualsearch.words.learning import LearntWord, learn

DIMENSIONS = 32
KINDS, COLOURS = ("mug", "lamp", "chair", "vase"), ("red", "blue", "green")


def shop(products: int = 240) -> tuple[list[list[str]], learning.Floats]:
    """Return products of a kind and a colour, each of which moves the vector its own way, with noise."""
    random = np.random.default_rng(3)
    ways = {name: random.normal(size=DIMENSIONS) for name in (*KINDS, *COLOURS)}
    bags = [[KINDS[n % 4], COLOURS[n % 3], random.choice(["lucky", "plain"])] for n in range(products)]
    vectors = np.stack([ways[kind] + 0.6 * ways[colour] for kind, colour, _ in bags])
    vectors += random.normal(scale=0.3, size=vectors.shape)
    return bags, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def by_word(learnt: list[LearntWord]) -> dict[str, LearntWord]:
    return {each.word: each for each in learnt}


@pytest.mark.parametrize("word", [*KINDS, *COLOURS])
def test_a_word_scores_the_pictures_that_show_it_above_all_others(word: str) -> None:
    bags, vectors = shop()
    scores = vectors @ by_word(learn(bags, vectors))[word].vector
    has_word = np.array([word in bag for bag in bags])
    best = np.argsort(-scores)[: has_word.sum()]
    assert has_word[best].mean() > 0.95


def test_words_find_products_whose_text_was_hidden() -> None:
    bags, vectors = shop()
    hidden = [[] if number % 5 == 0 else bag for number, bag in enumerate(bags)]
    learnt = by_word(learn(hidden, vectors))
    blank = [number for number, bag in enumerate(hidden) if not bag]
    scores = vectors[blank] @ (learnt["blue"].vector + learnt["mug"].vector)
    first = bags[blank[int(np.argmax(scores))]]
    assert {"blue", "mug"} <= set(first)


def test_only_words_that_pictures_tell_get_a_threshold() -> None:
    learnt = by_word(learn(*shop()))
    assert learnt["mug"].threshold is not None
    assert learnt["blue"].threshold is not None
    assert "lucky" not in learnt or learnt["lucky"].threshold is None


def test_rare_words_and_words_that_most_products_have_are_not_learnt() -> None:
    bags, vectors = shop()
    bags = [[*bag, "ours", *(["single"] if number < 4 else [])] for number, bag in enumerate(bags)]
    assert {"ours", "single"}.isdisjoint(by_word(learn(bags, vectors)))


def test_products_without_words_teach_nothing() -> None:
    assert learn([[]] * 20, shop(20)[1]) == []


def test_equal_pictures_teach_no_direction() -> None:
    bags = [["mug"] if number % 3 else ["lamp"] for number in range(30)]
    learnt = learn(bags, np.ones((30, DIMENSIONS), dtype=np.float32) / np.sqrt(DIMENSIONS).astype(np.float32))
    assert all(np.isfinite(each.vector).all() for each in learnt)


def test_companions_are_words_of_the_same_product_and_words_that_pictures_do_not_tell() -> None:
    bags, vectors = shop()
    bags = [[*bag, "monday"] if bag[0] == "mug" and number % 8 else bag for number, bag in enumerate(bags)]
    learnt = learn([[*bag, "offer"] if number % 5 == 0 else bag for number, bag in enumerate(bags)], vectors)
    words = [each.word for each in learnt]
    mug = np.unpackbits(np.frombuffer(by_word(learnt)["mug"].companions, np.uint8), count=len(words))
    assert words == sorted(words)
    assert {word for word, bit in zip(words, mug, strict=True) if not bit} == set(KINDS) - {"mug"}
