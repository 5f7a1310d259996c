"""The shop's own pictures, read for measuring and checking, also as another camera might have taken them."""

import logging

import numpy as np
from PIL import Image

from catalog.models import ProductImage
from visualsearch.embedding.preprocess import decode
from visualsearch.measuring.rephotograph import rephotograph

logger = logging.getLogger(__name__)

SIDE = 512  # pixels on the short side of a picture to take again
KEPT_BYTES = 64_000_000  # of files; more are read again


class Files:
    """The files of a batch, for tasks that do several things with them: each is read once and decoded once.

    A network's input is not made of the shared picture: a photo that customers search with is decoded at the
    network's own size, and both must be prepared alike.
    """

    def __init__(self) -> None:
        self._data: dict[str, bytes] = {}
        self._pictures: dict[str, tuple[int, Image.Image | None]] = {}
        self._size = 0

    def read(self, image: ProductImage) -> bytes:
        """Return the file's bytes. Raises whatever the storage raises."""
        if (known := self._data.get(image.sha256)) is not None:
            return known
        with image.file.open("rb") as file:
            data: bytes = file.read()
        self._size += len(data)
        if self._size <= KEPT_BYTES:
            self._data[image.sha256] = data
        return data

    def picture(self, image: ProductImage, side: int) -> Image.Image | None:
        """Return the picture with a short side of at least `side` pixels if it has them. None if it is unreadable."""
        known = self._pictures.get(image.sha256)
        if known is None or known[0] < side:
            known = self._pictures[image.sha256] = side, self._decode(image, side)
        return known[1]

    def _decode(self, image: ProductImage, side: int) -> Image.Image | None:
        try:
            return decode(self.read(image), side)
        except Exception as error:  # storages and decoders may raise anything
            logger.warning("Picture %s cannot be read: %s", image.pk, error)
            return None


def read_picture(image: ProductImage, side: int) -> Image.Image | None:
    """Return the picture with a short side of about `side` pixels. None if the file is gone or unreadable."""
    return Files().picture(image, side)


def retake(image: ProductImage, seed: int = 0) -> Image.Image | None:
    """Return the picture taken again, the same for each seed. None if the file is gone or unreadable."""
    decoded = read_picture(image, SIDE)
    return rephotograph(decoded, np.random.default_rng([seed, image.pk])) if decoded else None
