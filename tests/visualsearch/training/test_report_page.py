from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.visualsearch.pictures import noise, thing
from visualsearch.embedding.card import Card, plain_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.measuring.dataset import LabelSpace, Split, read_folder
from visualsearch.training.answers import Answer, ask
from visualsearch.training.report_page import as_page

MARKUP = "<script>alert(1)</script>"


class Brightness:
    """A runtime that tells pictures apart by how bright they are."""

    name = "brightness"

    def run(self, batch: np.ndarray) -> np.ndarray:
        bright = batch.mean(axis=(1, 2, 3))
        vectors = np.stack([np.cos(bright), np.sin(bright)], axis=1)
        return vectors.astype(np.float32)


def card() -> Card:
    facts = {"started_from": MARKUP, "method": "none", "data": {}}
    base = plain_card("tiny", 2)
    return replace(base, training=facts)


def test_answers_name_what_came_first(tmp_path: Path) -> None:
    for label, grey, count in (("dark", 10, 2), ("light", 240, 2)):
        (tmp_path / label).mkdir()
        for number in range(count):
            noise(32, 32).point([grey + number] * 768).save(tmp_path / label / f"{number}.png")
    noise(32, 32).point([12] * 768).save(tmp_path / "light" / "odd.png")
    space = read_folder(tmp_path)
    rows, answers = ask(Embedder(card(), Brightness()), Split(space, None))
    assert len(answers) == 5
    wrong = [answer for answer in answers if not answer.is_right]
    assert ("odd.png", "light", "dark") in [(answer.asked.name, answer.wanted, answer.found) for answer in wrong]
    assert rows[0][1].queries == 5


def test_names_from_outside_are_escaped_and_wrong_answers_come_first(tmp_path: Path) -> None:
    thing("circle", 0, 1).save(tmp_path / "a.png")
    thing("cross", 90, 2).save(tmp_path / "b.png")
    noise().save(tmp_path / "curves.png")
    answers = [
        Answer(tmp_path / "a.png", MARKUP, tmp_path / "b.png", "vase", 0.91),
        Answer(tmp_path / "b.png", "vase", tmp_path / "b.png", "vase", 0.99),
    ]
    page = as_page(card(), [], [], {MARKUP: answers}, tmp_path / "curves.png")
    assert "<script" not in page
    assert page.count("data:image/jpeg") == 4
    assert page.index("1 wrong") < page.index("0.91") < page.index("1 right") < page.index("0.99")


def test_a_space_is_asked_through_its_own_photos(tmp_path: Path) -> None:
    noise(32, 32).point([10] * 768).save(tmp_path / "dark.png")
    noise(32, 32).point([240] * 768).save(tmp_path / "light.png")
    paths = (tmp_path / "dark.png", tmp_path / "light.png")
    space = LabelSpace("greys", ("dark", "light"), paths, np.array([0, 1]))
    rows, answers = ask(Embedder(card(), Brightness()), Split(space, space))
    assert rows[0][0] == "greys: held out to train"
    assert all(answer.is_right for answer in answers)
