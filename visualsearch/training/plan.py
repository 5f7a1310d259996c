"""What a training run is told: one record, stored with its checkpoint and in the report."""

import math
from dataclasses import dataclass, field
from typing import Literal

from visualsearch.training.augment import Strength

WHITENING = 0.5  # of two joined bodies, see join.py


class TrainingError(ValueError):
    """Training cannot start as asked; the message says why and what to do."""


@dataclass(frozen=True)
class Plan:
    """`sizes` are (share of the run, pixels): small pictures first save most of the time and cost little.

    That is progressive resizing: Tan & Le 2021, "EfficientNetV2", arXiv:2104.00298.
    Rates are the optimizer's at the top of a cosine schedule; `paired` pictures of each batch are shown in two views.
    In the first `head_epochs` the body is left alone and only what comes after it learns (Howard & Ruder 2018,
    "Universal Language Model Fine-tuning for Text Classification", arXiv:1801.06146); each of the two phases has a
    schedule of its own. `balance` says how often rare classes are shown, see views.py. What is measured and kept is
    not the last step's network but an exponential average that reaches back over about a share `average` of the run
    (Polyak & Juditsky 1992, "Acceleration of Stochastic Approximation by Averaging").
    """

    epochs: int = 10
    head_epochs: int = 0
    seed: int = 0
    batch: int = 48
    paired: int = 16
    sizes: tuple[tuple[float, int], ...] = ((0.0, 128), (0.3, 160), (0.8, 224))
    body_rate: float = 4e-4
    head_rate: float = 4e-3
    weight_decay: float = 1e-2
    warm_up: float = 0.05
    smoothing: float = 0.1
    scale: float = 16.0
    contrast_weight: float = 0.5
    frozen_blocks: int = 4
    patience: int = 4
    checkpoint_every: int = 50
    average: float = 0.05
    optimizer: Literal["adamw", "adam"] = "adamw"
    balance: Literal["sqrt", "class", "none"] = "sqrt"
    strength: Strength = field(default_factory=Strength)

    def teaches_head_only(self, epoch: int) -> bool:
        """Whether the body is left alone in an epoch."""
        return epoch < self.head_epochs

    def size(self, epoch: int) -> int:
        """The side of the training views in an epoch, in pixels."""
        done = epoch / max(self.epochs, 1)
        return [pixels for start, pixels in self.sizes if done >= start][-1]

    def rate(self, position: float) -> float:
        """The learning rate after so many epochs, as a share of the highest: warm-up, then half a cosine."""
        first, last = (0, self.head_epochs) if position < self.head_epochs else (self.head_epochs, self.epochs)
        done = min((position - first) / max(last - first, 1), 1.0)
        if done < self.warm_up:
            return max(done, 1e-3) / self.warm_up
        return 0.5 * (1.0 + math.cos(math.pi * (done - self.warm_up) / (1.0 - self.warm_up)))


def read_sizes(text: str) -> tuple[tuple[float, int], ...]:
    """`0:128,0.5:160` as ((0.0, 128), (0.5, 160)). Raises ValueError for anything else."""
    pairs = [part.split(":") for part in text.split(",")]
    sizes = tuple(sorted((float(share), int(pixels)) for share, pixels in pairs))
    if sizes[0][0] != 0.0:
        raise ValueError("The first size must start at 0.")
    return sizes


def read_share(text: str) -> float:
    """Parse a number from 0 to 1. Raises ValueError for anything else."""
    share = float(text)
    if not 0.0 <= share <= 1.0:
        raise ValueError("A share lies between 0 and 1.")
    return share
