"""Two bodies on the same picture, with their last feature maps concatenated.

One was trained for shops, the other only on ImageNet. Together they find more than either does
alone, especially for products unlike any in its training (docs/decisions/0028).
"""

import torch
from torch import Tensor, nn


class Stage(nn.Module):
    """One stage of each body. `before` is the left body's input channels, or 0 if both take the picture."""

    def __init__(self, left: nn.Sequential, right: nn.Sequential, before: int) -> None:
        super().__init__()
        self.left, self.right, self.before = left, right, before


class SideBySide(nn.Sequential):
    """Stages of two bodies. A slice works on its own, on the output of the slice before it."""

    def forward(self, maps: Tensor) -> Tensor:
        stages = [stage for stage in self if isinstance(stage, Stage)]
        if not stages:
            return maps
        before = stages[0].before
        left, right = (maps[:, :before], maps[:, before:]) if before else (maps, maps)
        for stage in stages:
            left, right = stage.left(left), stage.right(right)
        return torch.cat([left, right], dim=1)


def side_by_side(left: nn.Sequential, right: nn.Sequential, stages: list[tuple[range, range, int]]) -> SideBySide:
    """Return both bodies in stages, given as blocks of the left, blocks of the right, and the left's input channels.

    After each stage their maps must have the same size.
    """
    return SideBySide(
        *(
            Stage(nn.Sequential(*(left[i] for i in lefts)), nn.Sequential(*(right[i] for i in rights)), before)
            for lefts, rights, before in stages
        )
    )
