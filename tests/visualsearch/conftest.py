"""Fixtures and pictures for the tests of the visual search."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.visualsearch.other_networks import make_network
from visualsearch.models import Network
from visualsearch.networks import inventory, serving


def pattern(seed: int, *, size: int = 240, again: bool = False, form: str = "JPEG") -> bytes:
    """Return a picture of coloured blocks. Every seed looks different to the network.

    With `again` it is another photo of the same pattern: closer, lighter and compressed.
    """
    blocks = np.random.default_rng(seed).integers(0, 256, size=(6, 6, 3)).astype(np.uint8)
    image = Image.fromarray(blocks).resize((size, size), Image.Resampling.NEAREST)
    file = BytesIO()
    if again:
        nearer = image.crop((6, 4, size - 2, size - 4)).resize((size * 2, size * 2))
        nearer.point(lambda value: value * 1.1).save(file, "JPEG", quality=60)
    else:
        image.save(file, form)
    return file.getvalue()


@pytest.fixture(autouse=True)
def _own_media_folder(settings: Any, tmp_path: Path) -> None:
    """Stored files are named by hash, so the next test would find a file that one damages."""
    settings.MEDIA_ROOT = tmp_path
    settings.VISUALSEARCH_CACHE = tmp_path / "networks"


@pytest.fixture(scope="session")
def other_card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the card of a second real network, with 96 dimensions."""
    return make_network(tmp_path_factory.mktemp("other"))


@pytest.fixture
def other(network: Network, other_card: Path) -> Network:
    """Add the second network as a candidate."""
    return inventory.add(str(other_card))


@pytest.fixture
def network(db: None) -> Network:
    """Return the default network, which is live."""
    return serving.live()
