"""The shop's own pictures, read for measuring and checking, also as another camera might have taken them."""

import logging

import numpy as np
from PIL import Image

from catalog.models import ProductImage
from visualsearch.embedding.preprocess import decode
from visualsearch.measuring.rephotograph import rephotograph

logger = logging.getLogger(__name__)

SIDE = 512  # pixels on the short side of a picture to take again


def read_picture(image: ProductImage, side: int) -> Image.Image | None:
    """Return the picture with a short side of about `side` pixels. None if the file is gone or unreadable."""
    try:
        with image.file.open("rb") as file:
            return decode(file.read(), side)
    except Exception as error:  # storages and decoders may raise anything
        logger.warning("Picture %s cannot be read: %s", image.pk, error)
        return None


def retake(image: ProductImage, seed: int = 0) -> Image.Image | None:
    """Return the picture taken again, the same for each seed. None if the file is gone or unreadable."""
    decoded = read_picture(image, SIDE)
    return rephotograph(decoded, np.random.default_rng([seed, image.pk])) if decoded else None
