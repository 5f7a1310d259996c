import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.visualsearch.pictures import COLOURS, catalogue, folders_of_colours, photographed
from visualsearch.measuring.baselines import NAMES, open_baseline
from visualsearch.measuring.comparison import Bootstrap, Result, compare
from visualsearch.measuring.contact_sheets import draw_sheet, right_examples, worst_examples
from visualsearch.measuring.dataset import BadDataset
from visualsearch.measuring.methods import VectorMethod
from visualsearch.measuring.page import draw_confusion
from visualsearch.measuring.sources import Sources, read_trials
from visualsearch.measuring.tables import as_dict, confusion_tables, confusions, failures, notes, tables

BOOTSTRAP = Bootstrap(seed=1, resamples=50)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("labelled")
    folders_of_colours(root / "train", 4)
    folders_of_colours(root / "val", 3, first_seed=70)
    return root


@pytest.fixture(scope="module")
def results(labelled: Path, network: VectorMethod) -> list[Result]:
    """Results of the network and all baselines on colour classes, whose shapes mislead."""
    parents = labelled / "parents.csv"
    parents.write_text("class,parent\nred,warm\nyellow,warm\ngreen,cold\nblue,cold\n")
    trials = read_trials(Sources(roots=(labelled,), parents=parents))
    (found,) = compare([network, *(open_baseline(name) for name in NAMES)], trials, BOOTSTRAP)
    return found


def test_all_methods_get_the_same_queries(results: list[Result]) -> None:
    assert [each.method for each in results][1:] == ["colour histogram", "HOG", "SIFT, homography"]
    assert {each.metrics.queries for each in results} == {3 * len(COLOURS)}
    assert {each.metrics.gallery for each in results} == {4 * len(COLOURS)}
    assert results[1].metrics.recall_at_1 > results[2].metrics.recall_at_1, "these classes are colours"


def test_leads_are_paired_by_query(results: list[Result]) -> None:
    first, colour = results[0], results[1]
    assert first.lead is None
    assert colour.lead is not None
    assert colour.lead.value == pytest.approx(colour.metrics.recall_at_1 - first.metrics.recall_at_1)
    assert colour.lead.interval[0] <= colour.lead.value <= colour.lead.interval[1]


def test_only_vectors_are_classified_by_class_means(results: list[Result]) -> None:
    assert [len(each.classifications) for each in results] == [2, 2, 2, 1]
    by_picture = results[0].classifications[0].metrics["accuracy"]
    assert by_picture.value == results[0].metrics.recall_at_1
    assert by_picture.interval == pytest.approx(results[0].intervals["recall_at_1"])


def test_parents_are_right_at_least_as_often_as_classes(results: list[Result]) -> None:
    for way in (way for each in results for way in each.classifications):
        assert way.parents is not None
        assert way.parents.value >= way.metrics["accuracy"].value
    assert {name: each.queries for name, each in results[0].categories.items()} == {"cold": 6, "warm": 6}


def test_results_are_reproducible_by_seed(labelled: Path, network: VectorMethod) -> None:
    trials = read_trials(Sources(roots=(labelled,)), limit=6, seed=2)
    values = [as_dict(compare([network], trials, BOOTSTRAP)[0]) for _ in range(2)]
    assert values[0] == values[1]


def test_as_dict_is_plain_and_complete(results: list[Result]) -> None:
    values = json.loads(json.dumps(as_dict(results), allow_nan=False))
    assert values["queries"] == 12
    method = values["methods"][0]
    assert set(method["intervals"]) | {"queries", "gallery", "worst_rank"} == set(method["metrics"])
    assert sum(count for _, _, count in method["confusions"]) == 12
    assert len(method["failures"]) == sum(count for wanted, found, count in method["confusions"] if wanted != found)


def test_tables_are_markdown_with_intervals(results: list[Result]) -> None:
    found, classified, categories = tables(results)
    assert found.as_text().count("\n") == 1 + len(results)
    assert all("[" in cell for cell in found.rows[0][1:7])
    assert len({len(line) for line in found.as_text().splitlines()}) == 1
    assert [row[1] for row in classified.rows[:2]] == ["nearest picture", "nearest class mean"]
    assert [row[0] for row in categories.rows] == ["cold", "warm"]
    assert "worst query" in notes(results)[0]


def test_failures_come_worst_first(results: list[Result]) -> None:
    hog = results[2]
    wrong = failures(hog)
    assert wrong
    assert [hog.rankings.rank[i] for i in wrong] == sorted((hog.rankings.rank[i] for i in wrong), reverse=True)
    often = confusion_tables(hog)[0].rows
    assert [int(row[2]) for row in often] == sorted((int(row[2]) for row in often), reverse=True)
    assert all(wanted != found for wanted, found, _ in often)


def test_contact_sheets_show_failures_and_successes(results: list[Result]) -> None:
    worst, right = worst_examples([results[2]], 3), right_examples(results[2], 3)
    assert [len(each.beside) for each in worst] == [2] * len(worst)
    assert [len(each.beside) for each in right] == [1] * len(right)
    sheet = draw_sheet(worst)
    assert np.asarray(sheet.convert("L")).min() < 128, "something is drawn"
    assert draw_sheet([]).height > 0


def test_a_confusion_matrix_is_drawn(results: list[Result]) -> None:
    drawn = draw_confusion(results[0])
    assert drawn is not None
    assert drawn.startswith(b"\x89PNG")
    assert {wanted for wanted, _, _ in confusions(results[0])} == {f"things/{colour}" for colour in COLOURS}


def test_worst_examples_prefer_customer_photos(tmp_path: Path, network: VectorMethod) -> None:
    shop, photos = catalogue(tmp_path / "images", 4), photographed(tmp_path / "photos")
    (photos / "truth.csv").write_text("photo,product,notes\na.png,thing-2,\nb.png,thing-1,\nb.png,thing-3,\n")
    sources = Sources(gallery=shop, photos=photos, truth=photos / "truth.csv", rephotograph=True)
    found = [each[0] for each in compare([network], read_trials(sources), BOOTSTRAP)]
    assert {example.query.path.name for example in worst_examples(found)} == {"a.png", "b.png"}
    assert found[1].metrics.recall_at_1 > 0.5, "rephotographed pictures are found"


def test_unreadable_pictures_are_named(tmp_path: Path, network: VectorMethod) -> None:
    shop = catalogue(tmp_path / "images", 2)
    (shop / "thing-9-1.png").write_bytes(b"not a picture")
    Image.new("RGB", (40, 40)).save(shop / "thing-9-2.png")
    with pytest.raises(BadDataset, match=r"thing-9-1\.png"):
        compare([network], read_trials(Sources(gallery=shop)), BOOTSTRAP)
