from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.visualsearch.pictures import catalogue, photographed, thing
from visualsearch.embedding.preprocess import Region
from visualsearch.measuring.comparison import Bootstrap, Result, compare
from visualsearch.measuring.customer_photos import customer_trials, read_truth
from visualsearch.measuring.dataset import BadDataset, LabelSpace, read_folder
from visualsearch.measuring.methods import VectorMethod
from visualsearch.measuring.metrics import auroc


@pytest.fixture
def shop(tmp_path: Path) -> LabelSpace:
    return read_folder(catalogue(tmp_path / "images", 4))


def two_on_one(root: Path) -> Path:
    """Create a photo with two products side by side, and their regions."""
    root.mkdir()
    photo = Image.new("RGB", (192, 96), "white")
    photo.paste(thing("circle", 0, 100), (0, 0))
    photo.paste(thing("square", 63, 101), (96, 0))
    photo.save(root / "both.png")
    rows = ['both.png,thing-0,"0,0,0.5,1",', 'both.png,thing-1,"0.5,0,0.5,1",', "both.png,thing-0,,"]
    (root / "truth.csv").write_text("\n".join(["photo,product,region,notes", *rows]))
    return root


def measure(network: VectorMethod, shop: LabelSpace, photos: Path, categories: dict[str, str]) -> list[Result]:
    trials = customer_trials(shop, read_truth(photos / "truth.csv", photos, shop), categories)
    return [results[0] for results in compare([network], trials, Bootstrap(resamples=20))]


def test_a_region_is_searched_alone(tmp_path: Path, network: VectorMethod, shop: LabelSpace) -> None:
    photos = two_on_one(tmp_path / "photos")
    truth = read_truth(photos / "truth.csv", photos, shop)
    assert [query.region for query, _ in truth.regions] == [Region(0, 0, 0.5, 1), Region(0.5, 0, 0.5, 1)]
    whole, parts = measure(network, shop, photos, {})
    assert (parts.metrics.queries, parts.metrics.recall_at_1) == (2, 1.0)
    assert whole.metrics.queries == 1


def test_categories_are_measured_separately(tmp_path: Path, network: VectorMethod, shop: LabelSpace) -> None:
    categories = {"thing-0": "Round", "thing-1": "Square"}
    (found,) = measure(network, shop, photographed(tmp_path / "photos"), categories)
    assert {group: figures.queries for group, figures in found.categories.items()} == {"Round": 1, "Square": 1}
    assert found.classifications[0].parents is not None


def test_products_not_sold_are_separated(tmp_path: Path, network: VectorMethod, shop: LabelSpace) -> None:
    (found,) = measure(network, shop, photographed(tmp_path / "photos"), {})
    assert found.separation == 1.0
    assert found.metrics.queries == 2
    assert auroc(np.array([1.0, 3.0]), np.array([2.0, 3.0])) == 0.375


@pytest.mark.parametrize(
    "row",
    [
        "missing.png,thing-0,,",
        ",thing-0,,",
        "a.png,unheard-of,,",
        'a.png,thing-0,"0,0,1",',
        'a.png,thing-0,"0,0,a,1",',
        'a.png,thing-0,"0,0,nan,1",',
        'a.png,thing-0,"0,0,0,1",',
        'a.png,thing-0,"0.5,0,0.6,1",',
    ],
)
def test_an_invalid_row_is_refused(tmp_path: Path, shop: LabelSpace, row: str) -> None:
    photos = photographed(tmp_path / "photos")
    (photos / "truth.csv").write_text(f"photo,product,region,notes\n{row}\n")
    with pytest.raises(BadDataset):
        read_truth(photos / "truth.csv", photos, shop)


def test_a_missing_column_is_refused(tmp_path: Path, shop: LabelSpace) -> None:
    photos = photographed(tmp_path / "photos")
    (photos / "truth.csv").write_text("picture,product\na.png,thing-0\n")
    with pytest.raises(BadDataset, match="no column photo"):
        read_truth(photos / "truth.csv", photos, shop)


def test_photos_without_catalogue_products_are_refused(tmp_path: Path, shop: LabelSpace) -> None:
    photos = photographed(tmp_path / "photos")
    (photos / "truth.csv").write_text("photo,product\nstranger.png,\n")
    with pytest.raises(BadDataset, match="None of the photos"):
        customer_trials(shop, read_truth(photos / "truth.csv", photos, shop), {})
