"""Ways of telling how alike two pictures are: a network, or one of the traditional methods it is measured against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError

from visualsearch.embedding.card import BadCard
from visualsearch.embedding.embedder import Embedder, Picture
from visualsearch.embedding.packages import optional_packages
from visualsearch.embedding.preprocess import Region, UnreadablePicture, decode
from visualsearch.measuring.dataset import BadDataset, unreadable
from visualsearch.measuring.progress import chunks_with_progress
from visualsearch.measuring.ranking import Compare
from visualsearch.measuring.trials import Query

Looks = npt.NDArray[Any]  # one entry a picture: vectors (n, d), or an array (n,) of objects


class Method(Protocol):
    """`look` sees pictures, `index` makes a gallery of looks ready to be compared with."""

    @property
    def name(self) -> str: ...

    @property
    def has_vectors(self) -> bool:
        """Whether looks are unit vectors, compared by their cosine: of such, the mean of a class means something."""
        ...

    def look(self, pictures: Sequence[Picture], regions: Sequence[Region]) -> Looks:
        """The looks of n pictures, of a part of each. Raises UnreadablePicture."""
        ...

    def index(self, gallery: Looks) -> Compare:
        """A function from b looks to their scores (b, m) with the gallery; higher is more alike."""
        ...


class Describer(Protocol):
    """What turns pictures into unit vectors (n, d): an Embedder, or a histogram."""

    def embed(self, pictures: Sequence[Picture], regions: Sequence[Region] | None = None) -> npt.NDArray[np.float32]:
        """The vectors of the pictures, of a part of each."""
        ...


@dataclass(frozen=True)
class ByVectors:
    """Pictures as unit vectors, compared by their cosine."""

    name: str
    describer: Describer
    has_vectors: bool = True

    def look(self, pictures: Sequence[Picture], regions: Sequence[Region]) -> Looks:
        return self.describer.embed(pictures, regions)

    def index(self, gallery: Looks) -> Compare:
        return lambda queries: queries @ gallery.T


class Memory:
    """What a method saw of each picture, so that trials that share pictures look once."""

    def __init__(self, method: Method) -> None:
        self._method = method
        self._seen: dict[Query, Any] = {}

    def looks(self, queries: Sequence[Query], title: str) -> Looks:
        """The looks of the queries, in their order. Raises BadDataset with the pictures that cannot be read."""
        missing = list(dict.fromkeys(query for query in queries if query not in self._seen))
        for chunk in chunks_with_progress(missing, 64, f"{self._method.name}: {title}"):
            self._seen.update(self._look(chunk))
        rows = [self._seen[query] for query in queries]
        return np.stack(rows) if self._method.has_vectors else _as_objects(rows)

    def _look(self, queries: Sequence[Query]) -> Mapping[Query, Any]:
        try:
            looks = self._method.look([each.picture() for each in queries], [each.region for each in queries])
        except UnreadablePicture as error:
            raise BadDataset(" ".join(unreadable([each.path for each in queries], _decode)) or str(error)) from error
        return dict(zip(queries, looks, strict=True))


def open_network(path: Path, runtime: str, threads: int | None) -> ByVectors:
    """The network of a card or folder; a .safetensors file is an ImageNet body, taken as it is. Raises BadCard."""
    embedder = _frozen(path) if path.suffix == ".safetensors" else Embedder.load(path, runtime, threads)
    return ByVectors(embedder.card.name, embedder)


def _frozen(path: Path) -> Embedder:
    with optional_packages():
        from visualsearch.embedding.runtime_torch import frozen_embedder  # noqa: PLC0415 - torch is optional
    try:
        return frozen_embedder(path)
    except (SafetensorError, ValueError) as error:  # not such a file; or the weights of something else
        reason = str(error).splitlines()[0]
        raise BadCard(f"{path} does not hold a body that was trained on ImageNet: {reason}") from error


def _as_objects(rows: Sequence[Any]) -> Looks:
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


def _decode(path: Path) -> None:
    decode(path.read_bytes(), 64)
