"""A picture of the shop as another camera might have taken it: the nearest to a customer's photo without customers."""

import logging

import numpy as np
from PIL import Image

from catalog.models import ProductImage
from visualsearch.embedding.preprocess import decode
from visualsearch.measuring.rephotograph import rephotograph

logger = logging.getLogger(__name__)

SIDE = 512  # pixels on the short side
SEED = 0


def retake(image: ProductImage) -> Image.Image | None:
    """Return the picture taken again, the same every time. None if the file is gone or unreadable."""
    try:
        with image.file.open("rb") as file:
            decoded = decode(file.read(), SIDE)
    except Exception as error:  # storages may raise anything
        logger.warning("Picture %s cannot be taken again: %s", image.pk, error)
        return None
    return rephotograph(decoded, np.random.default_rng([SEED, image.pk]))
