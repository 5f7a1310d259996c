"""Draw the pictures of each epoch and prepare augmented views in threads while the network trains.

Order and views follow from (seed, epoch, position) alone, so a resumed run continues exactly as an unbroken one.
"""

import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from visualsearch.embedding.card import SYMMETRIC, Scaling
from visualsearch.embedding.preprocess import UnreadablePicture, decode, normalise
from visualsearch.measuring.dataset import BadDataset, Labels, LabelSpace
from visualsearch.training.augment import augment
from visualsearch.training.background import foreground
from visualsearch.training.plan import Strength

CACHED_SIDE = 256  # pixels; enough for random crops of 224 pixels
MASK_OVERHEAD = 200  # bytes for a path and an entry
_BALANCES = {"none": 0.0, "sqrt": 0.5, "class": 1.0}
_PREFETCH = 3  # batches; more would only take memory


@dataclass(frozen=True)
class Batch:
    """Inputs (n + m, 3, s, s) float32: n views, then second views of the first m of them.

    `spaces` and `labels`, both (n,), are the label space of each picture and its class there. `instances` (n,)
    numbers the products, or the classes if products are not known: the contrast does not separate their pictures.
    """

    inputs: npt.NDArray[np.float32]
    spaces: Labels
    labels: Labels
    instances: Labels


class DataLoader:
    """Batches of views over several label spaces, epoch by epoch; each process gets its share of every batch."""

    def __init__(
        self,
        spaces: Sequence[LabelSpace],
        shares: Sequence[float],
        *,
        seed: int,
        batch: int,
        paired: int,
        strength: Strength = Strength(),  # noqa: B008 - frozen
        balance: str = "sqrt",
        scaling: Scaling = SYMMETRIC,
        rank: int = 0,
        world_size: int = 1,
        threads: int = 2,
    ) -> None:
        self.cache = PictureCache()
        self._spaces, self._seed, self._batch, self._paired = spaces, seed, batch, paired
        self._probabilities = _probabilities(spaces, shares, _BALANCES[balance])
        self._scaling, self._rank, self._world_size = scaling, rank, world_size
        self._space_of = np.concatenate([np.full(len(space), i) for i, space in enumerate(spaces)])
        self._position_in = np.concatenate([np.arange(len(space)) for space in spaces])
        self._strength = strength
        self._threads = threads

    def __len__(self) -> int:
        """Return the number of batches per epoch: an epoch draws as many pictures as there are."""
        return max(1, len(self._space_of) // self._batch)

    def epoch(self, number: int, size: int, first: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch, starting with `first`, with views of `size` pixels a side."""
        random = np.random.default_rng([self._seed, number])
        drawn = random.choice(len(self._probabilities), size=(len(self), self._batch), p=self._probabilities)
        jobs = [(number, step, drawn[step], size) for step in range(first, len(self))]
        with ThreadPoolExecutor(self._threads, thread_name_prefix="views") as pool:
            waiting = deque(pool.submit(self._make_batch, *job) for job in jobs[:_PREFETCH])
            for job in [*jobs[_PREFETCH:], *[None] * len(waiting)]:
                yield waiting.popleft().result()
                if job is not None:
                    waiting.append(pool.submit(self._make_batch, *job))

    def _make_batch(self, number: int, step: int, drawn: Labels, size: int) -> Batch:
        places = np.arange(len(drawn))[self._rank :: self._world_size]
        paired = places[: self._paired // self._world_size]
        views = [self._make_view(int(drawn[place]), (number, step, int(place)), size) for place in places]
        for place in paired:
            position = (number, step, len(drawn) + int(place))
            views.append(self._make_view(self._draw_partner(int(drawn[place]), position), position, size))
        own = drawn[places]
        spaces = self._space_of[own]
        pairs = [(self._spaces[s], p) for s, p in zip(spaces, self._position_in[own], strict=True)]
        labels = np.array([space.labels[p] for space, p in pairs], dtype=np.int64)
        instances = np.array([_instance(space, p) for space, p in pairs], dtype=np.int64)
        return Batch(np.stack(views), spaces, labels, instances)

    def _draw_partner(self, index: int, place: tuple[int, int, int]) -> int:
        """Return another picture of the same product, or the picture itself if there is none."""
        space, position = self._spaces[self._space_of[index]], int(self._position_in[index])
        if space.products is None:
            return index
        others = np.setdiff1d(np.flatnonzero(space.products == space.products[position]), [position])
        if not len(others):
            return index
        chosen = np.random.default_rng([self._seed, *place, 1]).choice(others)
        return index - position + int(chosen)

    def _make_view(self, index: int, place: tuple[int, int, int], size: int) -> npt.NDArray[np.float32]:
        random = np.random.default_rng([self._seed, *place])
        path = self._path(index)
        picture = self.cache[path]
        backdrop = self.cache[self._path(int(random.integers(len(self._space_of))))]
        pixels = augment(picture, self.cache.mask(path, picture), backdrop, size, random, self._strength)
        return normalise(pixels, self._scaling.mean, self._scaling.std)

    def _path(self, index: int) -> Path:
        space: LabelSpace = self._spaces[int(self._space_of[index])]
        return space.paths[int(self._position_in[index])]


class PictureCache:
    """Decoded RGB pictures by path, at most CACHED_SIDE on the short side: decoding takes longer than training.

    Caches up to `budget` bytes of pictures and `mask_budget` bytes of masks; those beyond that are made each time.
    """

    def __init__(self, budget: int = 4 << 30, side: int = CACHED_SIDE, mask_budget: int = 1 << 29) -> None:
        self._pictures: dict[Path, Image.Image] = {}
        self._masks: dict[Path, bytes | None] = {}
        self._left, self._left_for_masks = budget, mask_budget
        self._side = side

    def __getitem__(self, path: Path) -> Image.Image:
        picture = self._pictures.get(path)
        if picture is None:
            picture = self._shrink(_decode(path, self._side))
            size = 4 * picture.width * picture.height
            if size <= self._left:
                self._left -= size
                self._pictures[path] = picture
        return picture

    def mask(self, path: Path, picture: Image.Image) -> Image.Image | None:
        """Return the mask of the picture's foreground, if its background is plain.

        Masks are cached compressed, to a sixteenth of their size, so that 100,000 of them fit: finding one
        takes longer than decoding its picture.
        """
        if path in self._masks:
            packed = self._masks[path]
            return Image.frombytes("L", picture.size, zlib.decompress(packed)) if packed else None
        mask = foreground(picture)
        packed = zlib.compress(mask.tobytes(), 1) if mask else None
        size = MASK_OVERHEAD + len(packed or b"")
        if size <= self._left_for_masks:
            self._left_for_masks -= size
            self._masks[path] = packed
        return mask

    def _shrink(self, picture: Image.Image) -> Image.Image:
        scale = self._side / min(picture.size)
        if scale >= 1.0:
            return picture
        size = (round(picture.width * scale), round(picture.height * scale))
        return picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _decode(path: Path, side: int) -> Image.Image:
    try:
        return decode(path.read_bytes(), side)
    except UnreadablePicture as error:
        raise BadDataset(f"{path} cannot be trained on. {error} Remove it and run again.") from error


def _instance(space: LabelSpace, position: int) -> int:
    return int((space.labels if space.products is None else space.products)[position])


def _probabilities(spaces: Sequence[LabelSpace], shares: Sequence[float], balance: float) -> npt.NDArray[np.float64]:
    """Return the probability of drawing each picture, balanced over the classes of a space and by share over spaces.

    Drawing pictures uniformly (balance 0) forgets rare classes; drawing classes uniformly (1) overfits their few
    pictures. The square root (0.5) is a compromise: Mahajan et al. 2018, "Exploring the Limits of Weakly Supervised
    Pretraining", arXiv:1805.00932.
    """
    parts = []
    for space, share in zip(spaces, shares, strict=True):
        weights = np.bincount(space.labels, minlength=len(space.classes))[space.labels] ** -balance
        parts.append(share * weights / weights.sum())
    probabilities: npt.NDArray[np.float64] = np.concatenate(parts)
    probabilities /= probabilities.sum()
    return probabilities
