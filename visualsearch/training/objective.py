"""The training objective: a cosine classifier per label space, and contrast between two views of a picture.

- Normalised softmax: Zhai & Wu 2019, "Classification is a Strong Baseline for Deep Metric Learning", arXiv:1811.12649.
- Class weights initialised to class means: Qi et al. 2018, "Low-Shot Learning with Imprinted Weights",
  arXiv:1712.07136.
- NT-Xent: Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual Representations", arXiv:2002.05709.

Only the embedding network is saved; the heads are discarded after training.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from visualsearch.embedding.network import EmbeddingNetwork
from visualsearch.measuring.dataset import LabelSpace
from visualsearch.training.plan import Plan

_FROZEN_BATCH = 4  # pictures per pass through frozen blocks on a CPU: maps that fit its cache are 4 times as fast
_MAX_INSTANCES = 10_000_000_000  # per label space, so that instances of different spaces get different numbers


class CosineHead(nn.Module):
    """Unit vectors (n, d) to logits (n, classes): the cosine to each class's weight, times a fixed scale."""

    def __init__(self, dimensions: int, classes: int, scale: float = 16.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(functional.normalize(torch.randn(classes, dimensions), dim=1))
        self.scale = scale

    def forward(self, vectors: Tensor) -> Tensor:
        return self.scale * functional.linear(vectors, functional.normalize(self.weight, dim=1))

    @torch.no_grad()
    def imprint(self, vectors: Tensor, labels: Tensor) -> None:
        """Set each class's weight to the mean of its vectors; classes without any stay random."""
        sums = torch.zeros_like(self.weight).index_add_(0, labels, vectors)
        present = torch.bincount(labels, minlength=len(self.weight)) > 0
        self.weight[present] = functional.normalize(sums[present], dim=1)


class Objective(nn.Module):
    """The network with a head per label space; a forward pass returns the loss of a batch."""

    def __init__(self, network: EmbeddingNetwork, spaces: list[LabelSpace], plan: Plan, bfloat16: bool) -> None:
        super().__init__()
        self.network, self.plan, self._bfloat16 = network, plan, bfloat16
        dimensions = network.projection.out_features
        self.heads = nn.ModuleList(CosineHead(dimensions, len(space.classes), plan.scale) for space in spaces)
        self.frozen = plan.frozen_blocks

    def start_epoch(self, epoch: int) -> None:
        """Freeze the blocks that do not train in this epoch, with the running statistics of their normalisation."""
        blocks = len(self.network.features)
        self.frozen = blocks if self.plan.freezes_body(epoch) else min(self.plan.frozen_blocks, blocks)
        self.train()
        for index, block in enumerate(self.network.features):
            block.train(index >= self.frozen).requires_grad_(index >= self.frozen)

    def forward(self, inputs: Tensor, spaces: Tensor, labels: Tensor, instances: Tensor) -> Tensor:
        """Return the loss of a Batch: the heads' cross-entropy, plus the contrast if there are second views."""
        vectors, count = self._embed(inputs), len(labels)
        losses = [
            functional.cross_entropy(
                head(vectors[:count][spaces == index]),
                labels[spaces == index],
                label_smoothing=self.plan.smoothing,
                reduction="sum",  # the mean is not defined for a space without pictures in the batch
            )
            for index, head in enumerate(self.heads)
        ]
        loss = torch.stack(losses).sum() / count
        if len(vectors) > count:
            first = slice(0, len(vectors) - count)
            unique = instances[first] + _MAX_INSTANCES * spaces[first]
            loss = loss + self.plan.contrast_weight * nt_xent(vectors[first], vectors[count:], unique)
        return loss

    def _embed(self, inputs: Tensor) -> Tensor:
        frozen, trained = self.network.features[: self.frozen], self.network.features[self.frozen :]
        size = _FROZEN_BATCH if inputs.device.type == "cpu" else len(inputs)
        with torch.autocast(inputs.device.type, torch.bfloat16, enabled=self._bfloat16):
            with torch.no_grad():
                maps = torch.cat([frozen(part) for part in torch.split(inputs, size)])
            maps = trained(maps)
        return self.network.describe(maps.float())


def nt_xent(one: Tensor, other: Tensor, instances: Tensor, temperature: float = 0.08) -> Tensor:
    """Return the mean NT-Xent loss of two views of n pictures, both (n, d) unit vectors.

    Pictures of the same instance (n,) are not negatives of each other.
    """
    vectors = torch.cat([one, other])
    count = len(one)
    similarity = vectors @ vectors.T / temperature
    target = torch.arange(2 * count, device=vectors.device).roll(count)
    same = instances.repeat(2)[:, None] == instances.repeat(2)[None, :]
    same[torch.arange(2 * count, device=vectors.device), target] = False
    return functional.cross_entropy(similarity.masked_fill(same, float("-inf")), target)
