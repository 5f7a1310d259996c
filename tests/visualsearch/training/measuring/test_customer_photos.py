from pathlib import Path

import pytest
from PIL import Image

from tests.visualsearch.pictures import catalogue, photographed, thing
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.preprocess import Region
from visualsearch.training import customer_photos
from visualsearch.training.customer_photos import Customers, measure, read_groups, read_truth
from visualsearch.training.dataset import BadDataset, LabelSpace, read_folder
from visualsearch.training.worst import draw_worst


@pytest.fixture
def shop(tmp_path: Path) -> LabelSpace:
    return read_folder(catalogue(tmp_path / "images", 4))


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load(runtime="onnxruntime", threads=1)


def two_on_one(root: Path) -> Path:
    """A photo with two products side by side, and which is where."""
    root.mkdir()
    photo = Image.new("RGB", (192, 96), "white")
    photo.paste(thing("circle", 0, 100), (0, 0))
    photo.paste(thing("square", 63, 101), (96, 0))
    photo.save(root / "both.png")
    rows = ['both.png,thing-0,"0,0,0.5,1",', 'both.png,thing-1,"0.5,0,0.5,1",', "both.png,thing-0,,"]
    (root / "truth.csv").write_text("\n".join(["photo,product,region,notes", *rows]))
    return root


def measured(embedder: Embedder, shop: LabelSpace, photos: Path, groups: dict[str, str]) -> Customers:
    return measure(embedder, shop, read_truth(photos / "truth.csv", photos, shop), groups)


def test_a_marked_part_is_looked_at_alone(tmp_path: Path, embedder: Embedder, shop: LabelSpace) -> None:
    photos = two_on_one(tmp_path / "photos")
    truth = read_truth(photos / "truth.csv", photos, shop)
    assert [photo.region for photo in truth.parts] == [Region(0, 0, 0.5, 1), Region(0.5, 0, 0.5, 1)]
    found = measured(embedder, shop, photos, {})
    assert found.parts is not None
    assert found.whole is not None
    assert (found.parts.queries, found.parts.recall_at_1) == (2, 1.0)
    assert found.whole.queries == 1


def test_groups_are_measured_apart(tmp_path: Path, embedder: Embedder, shop: LabelSpace) -> None:
    (tmp_path / "catalog.csv").write_text("product,category\nthing-0,Home > Round\nthing-0,\nthing-1,Home > Square\n")
    groups = read_groups(tmp_path / "catalog.csv")
    assert groups == {"thing-0": "Round", "thing-1": "Square"}
    found = measured(embedder, shop, photographed(tmp_path / "photos"), groups)
    assert {group: figures.queries for group, figures in found.groups.items()} == {"Round": 1, "Square": 1}


def test_misses_are_drawn_worst_first(tmp_path: Path, embedder: Embedder, shop: LabelSpace) -> None:
    photos = photographed(tmp_path / "photos")
    (photos / "truth.csv").write_text("photo,product,notes\na.png,thing-2,\nb.png,thing-1,\nb.png,thing-3,\n")
    misses = measured(embedder, shop, photos, {}).misses
    assert {miss.photo.path.name for miss in misses} == {"a.png", "b.png"}
    assert [miss.gap for miss in misses] == sorted((miss.gap for miss in misses), reverse=True)
    assert all(miss.gap > 0 and miss.wanted != miss.found for miss in misses)
    draw_worst(tmp_path / "worst.jpg", misses)
    with Image.open(tmp_path / "worst.jpg") as sheet:
        assert sheet.width > 1000


@pytest.mark.parametrize(
    "row",
    [
        "missing.png,thing-0,,",
        "a.png,unheard-of,,",
        'a.png,thing-0,"0,0,1",',
        'a.png,thing-0,"0,0,a,1",',
        'a.png,thing-0,"0.5,0,0.6,1",',
    ],
)
def test_a_truth_that_does_not_fit_is_refused(tmp_path: Path, shop: LabelSpace, row: str) -> None:
    photos = photographed(tmp_path / "photos")
    (photos / "truth.csv").write_text(f"photo,product,region,notes\n{row}\n")
    with pytest.raises(BadDataset):
        customer_photos.read_truth(photos / "truth.csv", photos, shop)
