"""Pictures to unit vectors: the shop, the index and training all embed through this module."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from visualsearch.embedding.card import DEFAULT_CARD, Card, check_files, read_card
from visualsearch.embedding.heat import Head, contributions, read_head
from visualsearch.embedding.preprocess import WHOLE, Input, Region, decode, decode_side, to_input
from visualsearch.embedding.runtime import MapRuntime, Runtime, load_runtime

Vectors = npt.NDArray[np.float32]
Picture = bytes | Image.Image  # encoded, or decoded to RGB

THREADS = min(8, os.cpu_count() or 1)  # more would take memory from other processes


class Embedder:
    """A loaded network. Safe to share between threads."""

    def __init__(self, card: Card, runtime: Runtime) -> None:
        self.card = card
        self.runtime = runtime
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="embed")

    @classmethod
    def load(cls, path: Path | str = DEFAULT_CARD, runtime: str = "auto", threads: int | None = None) -> "Embedder":
        """Load a network by its card or folder. Raises BadCard if the files do not match the card."""
        card = read_card(path)
        check_files(card)
        return cls(card, load_runtime(card, runtime, threads))

    def embed(self, pictures: Sequence[Picture], regions: Sequence[Region] | None = None) -> Vectors:
        """Return unit vectors (n, dimensions), float32, of n pictures or of one region of each.

        Raises UnreadablePicture if a picture cannot be decoded.
        """
        regions = [WHOLE] * len(pictures) if regions is None else regions
        if len(regions) != len(pictures):
            raise ValueError(
                f"There are {len(pictures)} pictures and {len(regions)} regions. Give one region per picture."
            )
        if self.runtime.batch > 1:
            runs = [self.runtime.run(batch) for batch in self._batches(pictures, regions)]
        elif len(pictures) > 1:  # threads prepare and run single pictures side by side
            runs = list(self._pool.map(self._embed_one, pictures, regions))
        else:
            runs = list(map(self._embed_one, pictures, regions))
        return np.concatenate(runs) if runs else np.empty((0, self.card.dimensions), dtype=np.float32)

    def _embed_one(self, picture: Picture, region: Region) -> Vectors:
        return self.runtime.run(self.prepare(picture, region)[None])

    def _batches(self, pictures: Sequence[Picture], regions: Sequence[Region]) -> Iterator[Input]:
        # Prepare one batch ahead while the network runs, and no more: inputs are large.
        waiting: deque[list[Future[Input]]] = deque()
        for start in range(0, len(pictures), self.runtime.batch):
            part = slice(start, start + self.runtime.batch)
            jobs = zip(pictures[part], regions[part], strict=True)
            waiting.append([self._pool.submit(self.prepare, picture, region) for picture, region in jobs])
            if len(waiting) > 1:
                yield _stacked(waiting.popleft())
        if waiting:
            yield _stacked(waiting.popleft())

    def contributions(self, picture: Picture, vector: Vectors, region: Region = WHOLE) -> Vectors:
        """Return what each location of the picture adds to its cosine with `vector`, (h, w) float32; see heat.py.

        Raises UnreadablePicture, and ValueError if the network has no feature maps to decompose.
        """
        if not isinstance(self.runtime, MapRuntime):
            raise ValueError(f"The runtime {self.runtime.name} gives no feature maps.")
        maps = self.runtime.maps(self.prepare(picture, region)[None])[0]
        return contributions(maps, self._head, vector)

    @cached_property
    def _head(self) -> Head:
        return read_head(self.card.weights_path)

    def prepare(self, picture: Picture, region: Region = WHOLE) -> Input:
        """Return the network's input for one picture, (3, S, S) float32."""
        if isinstance(picture, bytes):
            picture = decode(picture, decode_side(self.card, region))
        return to_input(picture, self.card, region)


def _stacked(jobs: Sequence[Future[Input]]) -> Input:
    return np.stack([job.result() for job in jobs])
