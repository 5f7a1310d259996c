"""The plan of a training run: its hyperparameters, stored with the checkpoint and in the report."""

import math
from dataclasses import dataclass, field
from typing import Literal

WHITENING = 0.5  # default for joined bodies, see join.py


class TrainingError(ValueError):
    """Training cannot start with these arguments; the message says why and what to do."""


@dataclass(frozen=True)
class Strength:
    """Strength of the augmentation: fractions of the picture, degrees of rotation, and probabilities."""

    smallest_area: float = 0.35
    rotation: float = 15.0
    perspective: float = 0.06
    light: float = 0.45
    cast: float = 0.15
    new_background: float = 0.75
    camera_fault: float = 0.3
    occlusion: float = 0.15


@dataclass(frozen=True)
class Plan:
    """Hyperparameters of a run.

    - `sizes` are (share of the run, pixels). Training on small pictures first saves most of the time and costs little
      accuracy: progressive resizing, Tan & Le 2021, "EfficientNetV2", arXiv:2104.00298.
    - `head_epochs` train with the body frozen (Howard & Ruder 2018, "Universal Language Model Fine-tuning for Text
      Classification", arXiv:1801.06146). Both phases have their own cosine schedule, which peaks at the rates.
    - `paired` pictures of each batch get a second view. `balance` sets how often rare classes are drawn, see
      dataloader.py.
    - `average` is the span, as a share of the run, of the exponential moving average of the weights that is evaluated
      and saved (Polyak & Juditsky 1992, "Acceleration of Stochastic Approximation by Averaging").
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

    def freezes_body(self, epoch: int) -> bool:
        """Return True if only the head trains in this epoch."""
        return epoch < self.head_epochs

    def size(self, epoch: int) -> int:
        """Return the side of the training views in an epoch, in pixels."""
        done = epoch / max(self.epochs, 1)
        return [pixels for start, pixels in self.sizes if done >= start][-1]

    def rate(self, position: float) -> float:
        """Return the learning rate after this many epochs, as a share of its peak: warm-up, then half a cosine."""
        first, last = (0, self.head_epochs) if position < self.head_epochs else (self.head_epochs, self.epochs)
        done = min((position - first) / max(last - first, 1), 1.0)
        if done < self.warm_up:
            return max(done, 1e-3) / self.warm_up
        return 0.5 * (1.0 + math.cos(math.pi * (done - self.warm_up) / (1.0 - self.warm_up)))


def read_sizes(text: str) -> tuple[tuple[float, int], ...]:
    """Parse `0:128,0.5:160` to ((0.0, 128), (0.5, 160)). Raises ValueError."""
    pairs = [part.split(":") for part in text.split(",")]
    sizes = tuple(sorted((float(share), int(pixels)) for share, pixels in pairs))
    if sizes[0][0] != 0.0:
        raise ValueError("The first size must start at 0.")
    return sizes


def read_share(text: str) -> float:
    """Parse a number from 0 to 1. Raises ValueError."""
    share = float(text)
    if not 0.0 <= share <= 1.0:
        raise ValueError("A share lies between 0 and 1.")
    return share
