"""The finder is trained on scenes composed of the shop's own pictures."""

from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from tests.visualsearch.regions.scenes import PICTURES, stool_and_mug
from visualsearch.embedding.card import DEFAULT_CARD, read_card
from visualsearch.embedding.preprocess import Region
from visualsearch.regions.finder import Finder
from visualsearch.training.scenes import MAX_THINGS, Cutout, compose
from visualsearch.training.things import cut_out, targets
from visualsearch.training.things_graph import MAPS, trunk

SOME = sorted(PICTURES.glob("halden-mug-*.jpg"))[:8]


@pytest.fixture(scope="module")
def cutouts() -> list[Cutout]:
    return cut_out(SOME[:4])[0]


def test_boxes_of_a_scene_lie_in_it_and_differ_with_the_seed(cutouts: list[Cutout]) -> None:
    scenes = [compose(cutouts, [], np.random.default_rng(seed)) for seed in range(12)]
    assert len({len(scene.boxes) for scene in scenes}) > 1
    for scene in scenes:
        assert len(scene.boxes) <= MAX_THINGS
        for box in scene.boxes:
            assert min(box) >= 0
            assert max(box.x + box.width, box.y + box.height) <= 1


def test_cell_in_the_middle_of_a_thing_has_the_highest_score_and_its_box() -> None:
    score, reach = targets([Region(0.2, 0.2, 0.4, 0.4)], 20, 20)
    row, column = np.unravel_index(int(score.argmax()), score.shape)
    assert score[row, column] == 1
    left, up, right, down = reach[:, row, column]
    assert (left + right, up + down) == pytest.approx((0.4, 0.4))
    assert score[0, 0] == 0


def test_trunk_gives_maps_of_pictures_of_any_size() -> None:
    graph = trunk(read_card(DEFAULT_CARD)).graph
    assert [output.name for output in graph.output] == list(MAPS)
    assert [size.dim_param for size in graph.input[0].type.tensor_type.shape.dim][2:] == ["h", "w"]


def test_command_writes_a_finder_that_runs(tmp_path: Path) -> None:
    folder, out = tmp_path / "pictures", tmp_path / "finder.json"
    folder.mkdir()
    for path in SOME:
        (folder / path.name).write_bytes(path.read_bytes())
    call_command("train_finder", folder, out=out, scenes=4, epochs=1)
    finder = Finder.load(out)
    assert finder.card.training["cutouts"] == len(SOME)
    assert isinstance(finder.find(stool_and_mug()[0]), list)


def test_command_refuses_pictures_without_plain_backgrounds(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    with pytest.raises(CommandError, match="plain, light background"):
        call_command("train_finder", tmp_path, out=tmp_path / "finder.json")
