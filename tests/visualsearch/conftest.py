"""Pictures that are as different to the network as goods are."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from visualsearch import engine
from visualsearch.models import Network


def pattern(seed: int, *, size: int = 240, noise: float = 0.0, form: str = "JPEG") -> bytes:
    """A picture of its own for every seed: blocks of colour, which the network tells apart as it does things.

    `noise` (up to 1) makes it another photograph of the same thing.
    """
    chance = np.random.default_rng(seed)
    blocks = chance.integers(0, 256, size=(6, 6, 3)).astype(np.uint8)
    image = np.asarray(Image.fromarray(blocks).resize((size, size), Image.Resampling.BICUBIC), dtype=np.float32)
    image = image + noise * 128 * np.random.default_rng(seed + 1).normal(size=image.shape)
    file = BytesIO()
    Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(file, form)
    return file.getvalue()


@pytest.fixture(autouse=True)
def _own_media_folder(settings: Any, tmp_path: Path) -> None:
    """Files are named after their bytes: one that a test damages would be found by the next."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def network(db: None) -> Network:
    """The network that the shop comes with."""
    return engine.network()
