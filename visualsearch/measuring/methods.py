"""Methods of comparing pictures: networks, and the traditional methods that they are measured against."""

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
from visualsearch.measuring.dataset import BadDataset
from visualsearch.measuring.progress import chunks_with_progress
from visualsearch.measuring.ranking import Compare
from visualsearch.measuring.trials import Query

Descriptors = npt.NDArray[Any]  # one entry per picture: vectors (n, d), or an array (n,) of objects


class Method(Protocol):
    """A way to score how similar pictures are: describe them, then compare descriptors."""

    @property
    def name(self) -> str: ...

    @property
    def has_vectors(self) -> bool:
        """True if descriptors are unit vectors compared by cosine, so that class means are meaningful."""
        ...

    def describe(self, pictures: Sequence[Picture], regions: Sequence[Region]) -> Descriptors:
        """Return the descriptors of n pictures, of one region each. Raises UnreadablePicture."""
        ...

    def index(self, gallery: Descriptors) -> Compare:
        """Return a function that scores b descriptors against the gallery, (b, m); higher is more similar."""
        ...


class VectorSource(Protocol):
    """Anything that turns pictures into unit vectors (n, d): an Embedder or a histogram."""

    def embed(self, pictures: Sequence[Picture], regions: Sequence[Region] | None = None) -> npt.NDArray[np.float32]:
        """Return the vectors of the pictures, of one region each."""
        ...


@dataclass(frozen=True)
class VectorMethod:
    """Unit vectors, compared by their cosine."""

    name: str
    source: VectorSource
    has_vectors: bool = True

    def describe(self, pictures: Sequence[Picture], regions: Sequence[Region]) -> Descriptors:
        return self.source.embed(pictures, regions)

    def index(self, gallery: Descriptors) -> Compare:
        return lambda queries: queries @ gallery.T


class DescriptorCache:
    """Descriptors by query, so that trials with the same pictures compute them once."""

    def __init__(self, method: Method) -> None:
        self._method = method
        self._descriptors: dict[Query, Any] = {}

    def describe(self, queries: Sequence[Query], title: str) -> Descriptors:
        """Return the descriptors of the queries. Raises BadDataset with the names of unreadable pictures."""
        missing = list(dict.fromkeys(query for query in queries if query not in self._descriptors))
        for chunk in chunks_with_progress(missing, 64, f"{self._method.name}: {title}"):
            self._descriptors.update(self._compute(chunk))
        rows = [self._descriptors[query] for query in queries]
        return np.stack(rows) if self._method.has_vectors else _as_objects(rows)

    def _compute(self, queries: Sequence[Query]) -> Mapping[Query, Any]:
        try:
            found = self._method.describe([each.picture() for each in queries], [each.region for each in queries])
        except UnreadablePicture as error:
            raise BadDataset(" ".join(_find_unreadable(queries)) or str(error)) from error
        return dict(zip(queries, found, strict=True))


def open_network(path: Path, runtime: str, threads: int | None) -> VectorMethod:
    """Load a network by its card or folder, or a frozen ImageNet body by its .safetensors file. Raises BadCard."""
    embedder = _load_frozen(path) if path.suffix == ".safetensors" else Embedder.load(path, runtime, threads)
    return VectorMethod(embedder.card.name, embedder)


def _load_frozen(path: Path) -> Embedder:
    with optional_packages():
        from visualsearch.embedding.runtime_torch import frozen_embedder  # noqa: PLC0415 - torch is optional
    try:
        return frozen_embedder(path)
    except (SafetensorError, ValueError) as error:  # not safetensors, or weights of something else
        reason = str(error).splitlines()[0]
        raise BadCard(f"{path} does not hold a body trained on ImageNet: {reason}") from error


def _find_unreadable(queries: Sequence[Query]) -> list[str]:
    complaints = []
    for path in (query.path for query in queries):
        try:
            decode(path.read_bytes(), 64)
        except UnreadablePicture as error:
            complaints.append(f"{path}: {error}")
    return complaints


def _as_objects(rows: Sequence[Any]) -> Descriptors:
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array
