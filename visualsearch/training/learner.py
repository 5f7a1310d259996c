"""The part of a step that is differentiated: pictures and labels in, the loss out."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from visualsearch.embedding.network import EmbeddingNetwork
from visualsearch.measuring.dataset import LabelSpace
from visualsearch.training.head import CosineHead, contrast
from visualsearch.training.plan import Plan

_PICTURES_AT_ONCE = 4  # through frozen blocks: their maps then fit into the processor's cache, 4 times as fast


class Learner(nn.Module):
    """The network, a head for each label space, and how far up the body is frozen."""

    def __init__(self, network: EmbeddingNetwork, spaces: list[LabelSpace], plan: Plan, bfloat16: bool) -> None:
        super().__init__()
        self.network, self.plan, self._bfloat16 = network, plan, bfloat16
        dimensions = network.projection.out_features
        self.heads = nn.ModuleList(CosineHead(dimensions, len(space.classes), plan.scale) for space in spaces)
        self.frozen = plan.frozen_blocks

    def begin(self, epoch: int) -> None:
        """Freeze what does not learn in this epoch: weights as well as the running statistics of normalisations."""
        blocks = len(self.network.features)
        self.frozen = blocks if self.plan.teaches_head_only(epoch) else min(self.plan.frozen_blocks, blocks)
        self.train()
        for index, block in enumerate(self.network.features):
            block.train(index >= self.frozen).requires_grad_(index >= self.frozen)

    def forward(self, inputs: Tensor, spaces: Tensor, labels: Tensor, things: Tensor) -> Tensor:
        """The loss of a ViewBatch: the heads' cross-entropy, and the contrast where there are second views."""
        vectors, seen = self._look(inputs), len(labels)
        losses = [
            functional.cross_entropy(
                head(vectors[:seen][spaces == index]),
                labels[spaces == index],
                label_smoothing=self.plan.smoothing,
                reduction="sum",  # not the mean: a space that is not in the batch adds nothing
            )
            for index, head in enumerate(self.heads)
        ]
        loss = torch.stack(losses).sum() / seen
        if len(vectors) > seen:
            first = slice(0, len(vectors) - seen)
            apart = things[first] + 10_000_000_000 * spaces[first]
            loss = loss + self.plan.contrast_weight * contrast(vectors[first], vectors[seen:], apart)
        return loss

    def _look(self, inputs: Tensor) -> Tensor:
        frozen, rest = self.network.features[: self.frozen], self.network.features[self.frozen :]
        at_once = _PICTURES_AT_ONCE if inputs.device.type == "cpu" else len(inputs)
        with torch.autocast(inputs.device.type, torch.bfloat16, enabled=self._bfloat16):
            with torch.no_grad():
                maps = torch.cat([frozen(few) for few in torch.split(inputs, at_once)])
            maps = rest(maps)
        return self.network.describe(maps.float())
