"""What the network is taught with: a cosine classifier for labels, a contrast between views for single pictures.

- Normalised softmax: Zhai & Wu 2019, "Classification is a Strong Baseline for Deep Metric Learning", arXiv:1811.12649.
- Class weights that start at the class means: Qi et al. 2018, "Low-Shot Learning with Imprinted Weights",
  arXiv:1712.07136.
- NT-Xent: Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual Representations", arXiv:2002.05709.

Only the embedding network is kept; heads are thrown away after training.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


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
        """Start each class at the mean of its vectors; classes without any keep their random start."""
        sums = torch.zeros_like(self.weight).index_add_(0, labels, vectors)
        seen = torch.bincount(labels, minlength=len(self.weight)) > 0
        self.weight[seen] = functional.normalize(sums[seen], dim=1)


def contrast(one: Tensor, other: Tensor, labels: Tensor, temperature: float = 0.08) -> Tensor:
    """NT-Xent over two views of n pictures, both (n, d) unit vectors; the mean loss.

    Pictures of one class (`labels`, (n,)) are not pushed apart: they are no negatives of each other.
    """
    vectors = torch.cat([one, other])
    count = len(one)
    similarity = vectors @ vectors.T / temperature
    target = torch.arange(2 * count, device=vectors.device).roll(count)
    same = labels.repeat(2)[:, None] == labels.repeat(2)[None, :]
    same[torch.arange(2 * count, device=vectors.device), target] = False
    return functional.cross_entropy(similarity.masked_fill(same, float("-inf")), target)
