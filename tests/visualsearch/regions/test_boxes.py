"""The finder's output becomes a few boxes, one for each thing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.regions.boxes import MAX_THINGS, Floats, Thing, dot_within, overlap, read_boxes

ROWS, COLUMNS = 15, 20


def output_of(*boxes: tuple[float, float, float, float], score: float = 0.9) -> Floats:
    """Return the output of a finder that sees these boxes, each best in the cell of its middle."""
    output = np.zeros((5, ROWS, COLUMNS), dtype=np.float32)
    for x, y, width, height in boxes:
        for step in (-1, 0, 1):
            row, column = int((y + height / 2) * ROWS), int((x + width / 2) * COLUMNS) + step
            across, down = (column + 0.5) / COLUMNS, (row + 0.5) / ROWS
            output[:, row, column] = [
                score - abs(step) / 10,
                across - x,
                down - y,
                x + width - across,
                y + height - down,
            ]
    return output


def test_neighbouring_cells_of_one_thing_make_one_box() -> None:
    (thing,) = read_boxes(output_of((0.2, 0.3, 0.4, 0.5)))
    assert thing.box == pytest.approx((0.16, 0.25, 0.48, 0.6), abs=1e-5)  # with a margin
    assert thing.score == pytest.approx(0.9)


def test_things_side_by_side_are_told_apart_and_the_larger_comes_first() -> None:
    things = read_boxes(output_of((0.7, 0.4, 0.2, 0.3), (0.1, 0.1, 0.5, 0.8)))
    assert [thing.box.x < 0.5 for thing in things] == [True, False]


def test_part_of_a_thing_is_not_another() -> None:
    assert len(read_boxes(output_of((0.1, 0.1, 0.8, 0.8), (0.3, 0.3, 0.2, 0.2)))) == 1


def test_uncertain_and_tiny_things_are_left_out() -> None:
    assert read_boxes(output_of((0.2, 0.3, 0.4, 0.5), score=0.1)) == []
    assert read_boxes(output_of((0.2, 0.3, 0.5, 0.01))) == []


@given(arrays(np.float32, (5, 4, 6), elements=st.floats(allow_nan=True, width=32)))
def test_any_output_gives_few_boxes_inside_the_photo(output: Floats) -> None:
    things = read_boxes(output)
    assert len(things) <= MAX_THINGS
    for x, y, width, height in (thing.box for thing in things):
        assert min(x, y) >= 0
        assert min(width, height) > 0
        assert max(x + width, y + height) <= 1 + 1e-6


def test_overlap_of_boxes() -> None:
    assert overlap(WHOLE, WHOLE) == pytest.approx(1)
    assert overlap(Region(0, 0, 0.5, 1), WHOLE) == pytest.approx(0.5)
    assert overlap(Region(0, 0, 0.5, 1), Region(0.5, 0, 0.5, 1)) == 0


def test_dot_of_a_part_has_its_middle_there() -> None:
    one, other = Thing(Region(0.1, 0.1, 0.5, 0.8), 0.9), Thing(Region(0.7, 0.4, 0.2, 0.3), 0.8)
    assert dot_within(Region(0.65, 0.3, 0.3, 0.5), [one, other]) == other
    assert dot_within(Region(0.0, 0.0, 0.1, 0.1), [one, other]) is None
