import numpy as np
from PIL import Image, ImageDraw

from tests.visualsearch.pictures import noise
from visualsearch.training.background import flood_from_border, foreground


def ring() -> Image.Image:
    """Return a dark ring, white inside, on a background that darkens downwards."""
    ground = np.linspace(245, 200, 128)[:, None, None] * np.ones((1, 128, 3))
    image = Image.fromarray(ground.astype(np.uint8))
    ImageDraw.Draw(image).ellipse((30, 30, 98, 98), fill="white", outline=(40, 30, 90), width=10)
    return image


def test_foreground_masks_the_product_including_white_areas_inside() -> None:
    mask = foreground(ring())
    assert mask is not None
    values = np.asarray(mask)
    assert values[64, 64] > 200, "the white inside belongs to the product"
    assert values[64, 33] > 200
    assert max(values[3, 3], values[120, 64], values[64, 120]) < 30


def test_foreground_is_none_without_a_plain_light_background() -> None:
    assert foreground(noise()) is None
    assert foreground(Image.new("RGB", (64, 64), (20, 20, 20))) is None
    assert foreground(Image.new("RGB", (64, 64), "white")) is None


def test_flood_goes_around_corners_but_not_through_walls() -> None:
    maze = np.array([list("#####"), list("#..##"), list("##..#"), list("#.#.."), list("#####")]) == "."
    reached = flood_from_border(maze)
    assert reached[1, 1]
    assert not reached[3, 1]
