"""Pictures that are as different to the network as goods are."""

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
    """A picture of its own for every seed: blocks of colour, which the network tells apart as it does things.

    `again` makes it another photograph of the same thing: nearer, lighter, compressed.
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
    """Files are named after their bytes: one that a test damages would be found by the next."""
    settings.MEDIA_ROOT = tmp_path
    settings.VISUALSEARCH_CACHE = tmp_path / "networks"


@pytest.fixture(scope="session")
def other_card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The card of a second real network, of 96 dimensions."""
    return make_network(tmp_path_factory.mktemp("other"))


@pytest.fixture
def other(network: Network, other_card: Path) -> Network:
    """The second network, taken in beside the live one."""
    return inventory.add(str(other_card))


@pytest.fixture
def network(db: None) -> Network:
    """The network that the shop comes with."""
    return serving.live()
