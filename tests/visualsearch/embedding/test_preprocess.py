import io

import numpy as np
import pytest
from PIL import Image

from tests.visualsearch.pictures import encoded, noise
from visualsearch.embedding.card import DEFAULT_CARD, read_card
from visualsearch.embedding.preprocess import MAX_PIXELS, Region, UnreadablePicture, decode, decode_side, to_input

CARD = read_card(DEFAULT_CARD)


def colour_at(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    return tuple(int(value) for value in np.asarray(image)[y, x])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF"])
def test_decode_reads_common_formats_as_rgb(kind: str) -> None:
    image = decode(encoded(noise(), kind), 100)
    assert image.mode == "RGB"
    assert min(image.size) >= 100


def test_decode_applies_the_exif_orientation() -> None:
    sideways = Image.new("RGB", (60, 40), "red")
    sideways.paste("blue", (0, 0, 30, 40))
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees: upright, the left half is on top
    image = decode(encoded(sideways, "JPEG", exif=exif, quality=95), 40)
    assert image.size == (40, 60)
    assert colour_at(image, 20, 5)[2] > 200
    assert colour_at(image, 20, 55)[0] > 200


def test_decode_ignores_damaged_exif() -> None:
    data = encoded(noise(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff")
    assert decode(data, 100).mode == "RGB"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_decode_puts_transparency_on_white(mode: str) -> None:
    image = Image.new("RGBA", (20, 20), (0, 0, 0, 0)).convert(mode)
    options = {"transparency": 0} if mode == "P" else {}
    assert colour_at(decode(encoded(image, "PNG", **options), 20), 10, 10) == (255, 255, 255)


def test_decode_scales_sixteen_bits_instead_of_clipping_them() -> None:
    grey = Image.fromarray(np.full((20, 20), 32768, dtype=np.uint16))
    assert colour_at(decode(encoded(grey), 20), 10, 10) == (127, 127, 127)


@pytest.mark.parametrize("mode", ["CMYK", "L", "1", "P"])
def test_decode_reads_other_modes(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    red = Image.new("RGB", (32, 32), "red").convert(mode)
    image = decode(encoded(red, kind), 32)
    assert image.mode == "RGB"
    if mode in ("CMYK", "P"):
        assert np.abs(np.subtract(colour_at(image, 16, 16), (255, 0, 0))).max() <= 8


def test_decode_takes_the_first_frame_of_an_animation() -> None:
    file = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(
        file, "GIF", save_all=True, append_images=[Image.new("RGB", (20, 20), "blue")], duration=100
    )
    assert colour_at(decode(file.getvalue(), 20), 10, 10) == (255, 0, 0)


def test_decode_shrinks_a_large_jpeg_but_not_below_the_given_side() -> None:
    image = decode(encoded(noise(2400, 1800), "JPEG"), 256)
    assert 256 <= min(image.size) < 600


@pytest.mark.parametrize(
    "data", [b"", b"not a picture", encoded(noise(), "JPEG")[:2000], encoded(noise())[:900], b"GIF89a\x01"]
)
def test_decode_refuses_incomplete_pictures_and_other_files(data: bytes) -> None:
    with pytest.raises(UnreadablePicture, match=r"^The .+\."):
        decode(data, 256)


def test_decode_refuses_too_many_pixels_before_reading_them() -> None:
    side = int(MAX_PIXELS**0.5) + 100
    with pytest.raises(UnreadablePicture, match="megapixels"):
        decode(encoded(Image.new("1", (side, side))), 256)


def test_to_input_returns_the_shape_and_range_of_the_card() -> None:
    white = to_input(Image.new("RGB", (300, 200), "white"), CARD)
    assert white.shape == (3, CARD.input_size, CARD.input_size)
    assert white.dtype == np.float32
    assert white.flags.c_contiguous
    np.testing.assert_allclose(white, 1.0, atol=1e-5)
    np.testing.assert_allclose(to_input(Image.new("RGB", (300, 200)), CARD), -1.0, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 2), (5000, 20)])
def test_to_input_takes_pictures_of_any_shape(size: tuple[int, int]) -> None:
    assert np.isfinite(to_input(Image.new("RGB", size, "grey"), CARD)).all()


def test_to_input_uses_only_the_region() -> None:
    image = Image.new("RGB", (400, 200), "red")
    image.paste("blue", (200, 0, 400, 200))
    right = to_input(image, CARD, Region(0.5, 0.0, 0.5, 1.0))
    np.testing.assert_allclose(right[2], 1.0, atol=1e-5)
    np.testing.assert_allclose(right[0], -1.0, atol=1e-5)


def test_to_input_uses_all_of_a_long_region() -> None:
    image = Image.new("RGB", (400, 400), "lime")
    image.paste("red", (100, 0, 200, 200))
    image.paste("blue", (100, 200, 200, 400))
    pixels = to_input(image, CARD, Region(0.25, 0.0, 0.25, 1.0))
    middle = pixels[:, :, CARD.input_size // 2]
    shares = [(middle[channel] > 0.9).mean() for channel in range(3)]
    assert shares == pytest.approx([CARD.crop / 2, 0.0, CARD.crop / 2], abs=0.02)


@pytest.mark.parametrize("region", [(-0.1, 0, 0.5, 0.5), (0.6, 0, 0.5, 0.5), (0, 0, 0, 1), (0, 0, 1, 1.5)])
def test_to_input_refuses_a_region_outside_the_picture(region: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="outside the picture"):
        to_input(noise(), CARD, Region(*region))


def test_decode_side_is_larger_for_a_small_region() -> None:
    assert decode_side(CARD, Region(0.0, 0.0, 0.25, 0.5)) * 0.5 >= CARD.crop * CARD.input_size
    assert decode_side(CARD, Region(0.0, 0.0, 0.1, 0.1)) == 5 * decode_side(CARD, Region(0.0, 0.0, 0.1, 0.5))


def test_a_jpeg_decoded_small_gives_nearly_the_same_input() -> None:
    photo = noise(2400, 1800)
    drafted = to_input(decode(encoded(photo, "JPEG", quality=95), decode_side(CARD)), CARD)
    assert np.abs(drafted - to_input(photo, CARD)).mean() < 0.02
