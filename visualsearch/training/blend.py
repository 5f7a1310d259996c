"""Part of the way from the weights that a run started from to those that it learnt.

A run that goes on from a network forgets some of what the network knew. Between the two lie networks that know both:
Wortsman et al. 2022, "Robust Fine-Tuning of Zero-Shot Models", arXiv:2109.01903.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

Weights = Mapping[str, Tensor]


def blend(start: Weights, learnt: Weights, share: float) -> dict[str, Tensor]:
    """The weights a share of the way from `start` (0) to `learnt` (1); counters are those of `learnt`."""
    return {
        name: torch.lerp(start[name].to(value), value, share) if value.is_floating_point() else value
        for name, value in learnt.items()
    }
