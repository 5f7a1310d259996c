from pathlib import Path

import pytest

from visualsearch.measuring.dataset import BadDataset
from visualsearch.measuring.parents import match_classes, parents_from_folders, read_categories, read_parents

CLASSES = ("Fruit/Apple/Gala", "Fruit/Apple/Pink", "Fruit/Lime", "Roots/Beet")


def test_a_class_beside_groups_is_its_own_parent() -> None:
    assert parents_from_folders(CLASSES) == {
        "Fruit/Apple/Gala": "Fruit/Apple",
        "Fruit/Apple/Pink": "Fruit/Apple",
        "Fruit/Lime": "Fruit/Lime",
        "Roots/Beet": "Roots",
    }


@pytest.mark.parametrize("classes", [("red", "blue"), ("things/red", "things/blue")])
def test_flat_folders_have_no_parents(classes: tuple[str, ...]) -> None:
    assert parents_from_folders(classes) == {}


def test_a_file_may_name_the_last_part_of_a_class(tmp_path: Path) -> None:
    (tmp_path / "parents.csv").write_text("class,parent\nGala,apple\nPink,apple\nFruit/Lime,citrus\nBeet,root\n")
    assert list(read_parents(tmp_path / "parents.csv", CLASSES).values()) == ["apple", "apple", "citrus", "root"]


@pytest.mark.parametrize(
    "text", ["class,parent\nGala,apple\n", "name,parent\nGala,apple\n", "", "class,parent\n\x00\xff"]
)
def test_a_file_without_all_parents_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "parents.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadDataset, match=r"parents\.csv"):
        read_parents(tmp_path / "parents.csv", CLASSES)


def test_names_match_by_their_last_part_if_it_is_unique() -> None:
    assert match_classes(["Lime", "Citrus/Lime", "Roots/Beet", "Kiwi"], CLASSES) == {
        "Lime": 2,
        "Citrus/Lime": 2,
        "Roots/Beet": 3,
    }
    assert match_classes(["Gala"], ("Fruit/Gala", "Events/Gala")) == {}


def test_categories_are_the_last_level(tmp_path: Path) -> None:
    (tmp_path / "catalog.csv").write_text("product,category\nthing-0,Home > Round\nthing-0,\nthing-1,Home > Square\n")
    assert read_categories(tmp_path / "catalog.csv") == {"thing-0": "Round", "thing-1": "Square"}
