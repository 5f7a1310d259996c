"""Which pictures an epoch shows, and their views, prepared in threads while the network learns.

The order and every view follow from (seed, epoch, position) alone, so a run that was killed goes on as if it had not.
"""

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
from visualsearch.training.augment import Strength, view
from visualsearch.training.background import foreground

CACHED_SIDE = 256  # pixels: enough to crop from for a network that sees 224
_BALANCES = {"none": 0.0, "sqrt": 0.5, "class": 1.0}
_AHEAD = 3  # batches prepared in advance: more would only take memory


@dataclass(frozen=True)
class ViewBatch:
    """Inputs (n + m, 3, s, s) float32: first n pictures, then second views of the first m of them.

    `spaces` and `labels`, both (n,), say which label space each picture is of and its class there; pictures of one
    `things` (n,) are not to be told apart: those of one product where products are known, and else of one class.
    """

    inputs: npt.NDArray[np.float32]
    spaces: Labels
    labels: Labels
    things: Labels


class Views:
    """Endless views over several label spaces, one epoch at a time; of each batch, the share of process `rank`."""

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
        ranks: int = 1,
        threads: int = 2,
    ) -> None:
        self.cache = PictureCache()
        self._masks: dict[tuple[int, int], Image.Image | None] = {}
        self._spaces, self._seed, self._batch, self._paired = spaces, seed, batch, paired
        self._chances = _chances(spaces, shares, _BALANCES[balance])
        self._scaling, self._rank, self._ranks = scaling, rank, ranks
        self._of_space = np.concatenate([np.full(len(space), i) for i, space in enumerate(spaces)])
        self._in_space = np.concatenate([np.arange(len(space)) for space in spaces])
        self._strength = strength
        self._threads = threads

    def steps(self) -> int:
        """Batches in one epoch: as many pictures as there are, each as often as its share says."""
        return max(1, len(self._of_space) // self._batch)

    def epoch(self, number: int, size: int, first: int = 0) -> Iterator[ViewBatch]:
        """The batches of an epoch from the `first` on, `size` pixels a side."""
        random = np.random.default_rng([self._seed, number])
        drawn = random.choice(len(self._chances), size=(self.steps(), self._batch), p=self._chances)
        jobs = [(number, step, drawn[step], size) for step in range(first, self.steps())]
        with ThreadPoolExecutor(self._threads, thread_name_prefix="views") as pool:
            waiting = deque(pool.submit(self._make_batch, *job) for job in jobs[:_AHEAD])
            for job in [*jobs[_AHEAD:], *[None] * len(waiting)]:
                yield waiting.popleft().result()
                if job is not None:
                    waiting.append(pool.submit(self._make_batch, *job))

    def _make_batch(self, number: int, step: int, drawn: Labels, size: int) -> ViewBatch:
        places = np.arange(len(drawn))[self._rank :: self._ranks]
        twice = places[: self._paired // self._ranks]
        views = [self._make_view(int(drawn[place]), (number, step, int(place)), size) for place in places]
        for place in twice:
            position = (number, step, len(drawn) + int(place))
            views.append(self._make_view(self._other_view_of(int(drawn[place]), position), position, size))
        mine = drawn[places]
        spaces = self._of_space[mine]
        pairs = [(self._spaces[s], p) for s, p in zip(spaces, self._in_space[mine], strict=True)]
        labels = np.array([space.labels[p] for space, p in pairs], dtype=np.int64)
        things = np.array([_thing(space, p) for space, p in pairs], dtype=np.int64)
        return ViewBatch(np.stack(views), spaces, labels, things)

    def _other_view_of(self, index: int, place: tuple[int, int, int]) -> int:
        """Another picture of the same product, where one is known; else the picture itself."""
        space, position = self._spaces[self._of_space[index]], int(self._in_space[index])
        if space.products is None:
            return index
        others = np.setdiff1d(np.flatnonzero(space.products == space.products[position]), [position])
        if not len(others):
            return index
        chosen = np.random.default_rng([self._seed, *place, 1]).choice(others)
        return index - position + int(chosen)

    def _make_view(self, index: int, place: tuple[int, int, int], size: int) -> npt.NDArray[np.float32]:
        random = np.random.default_rng([self._seed, *place])
        picture = self._picture(index)
        backdrop = self._picture(int(random.integers(len(self._of_space))))
        pixels = view(picture, self._mask(index, picture), backdrop, size, random, self._strength)
        return normalise(pixels, self._scaling.mean, self._scaling.std)

    def _picture(self, index: int) -> Image.Image:
        space = self._spaces[self._of_space[index]]
        return self.cache[space.paths[self._in_space[index]]]

    def _mask(self, index: int, picture: Image.Image) -> Image.Image | None:
        key = (int(self._of_space[index]), int(self._in_space[index]))
        if key not in self._masks:
            self._masks[key] = foreground(picture)
        return self._masks[key]


def _thing(space: LabelSpace, position: int) -> int:
    return int((space.labels if space.products is None else space.products)[position])


def _chances(spaces: Sequence[LabelSpace], shares: Sequence[float], balance: float) -> npt.NDArray[np.float64]:
    """How likely each picture is drawn: balanced over the classes of a space, by share over spaces.

    Drawing pictures alike (balance 0) forgets rare classes, drawing classes alike (1) learns their few pictures by
    heart; the square root (0.5) lies between: Mahajan et al. 2018, "Exploring the Limits of Weakly Supervised
    Pretraining", arXiv:1805.00932.
    """
    parts = []
    for space, share in zip(spaces, shares, strict=True):
        weights = np.bincount(space.labels, minlength=len(space.classes))[space.labels] ** -balance
        parts.append(share * weights / weights.sum())
    chances: npt.NDArray[np.float64] = np.concatenate(parts)
    chances /= chances.sum()
    return chances


class PictureCache:
    """Decoded pictures by path, as RGB of at most CACHED_SIDE on the short side; decoding costs more than training.

    Keeps up to `budget` bytes and decodes the rest again each time.
    """

    def __init__(self, budget: int = 4 << 30, side: int = CACHED_SIDE) -> None:
        self._pictures: dict[Path, Image.Image] = {}
        self._left = budget
        self._side = side

    def __getitem__(self, path: Path) -> Image.Image:
        picture = self._pictures.get(path)
        if picture is None:
            picture = self._shrink(_decoded(path, self._side))
            size = 4 * picture.width * picture.height
            if size <= self._left:
                self._left -= size
                self._pictures[path] = picture
        return picture

    def _shrink(self, picture: Image.Image) -> Image.Image:
        scale = self._side / min(picture.size)
        if scale >= 1.0:
            return picture
        size = (round(picture.width * scale), round(picture.height * scale))
        return picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _decoded(path: Path, side: int) -> Image.Image:
    try:
        return decode(path.read_bytes(), side)
    except UnreadablePicture as error:
        raise BadDataset(f"{path} cannot be learnt from. {error} Take it out and run again.") from error
