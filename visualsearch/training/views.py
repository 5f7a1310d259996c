"""Which pictures an epoch shows, and their views, prepared in threads while the network learns.

The order and every view follow from (seed, epoch, position) alone, so a run that was killed goes on as if it had not.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from visualsearch.embedding.preprocess import normalise
from visualsearch.training.augment import Strength, view
from visualsearch.training.background import foreground
from visualsearch.training.dataset import Labels, LabelSpace, PictureCache
from visualsearch.training.scaling import SYMMETRIC, Scaling

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
