"""Fit the projection of a network to pictures, and to the same pictures taken again. The body stays as it is.

A linear map cannot forget what the body knows. It learns in minutes what a camera changes and what tells products
apart, and this carries over to products that it has never seen (docs/decisions/0033).

1. Directions in which a picture and its photo differ are scaled down: discriminant components as in Mikolajczyk &
   Matas 2007, "Improving Descriptors for Fast Tree Matching by Optimal Linear Projection", but only half as far.
2. From there, contrast: a photo finds its picture among others (van den Oord et al. 2018, arXiv:1807.03748), and
   pictures of its class (Khosla et al. 2020, "Supervised Contrastive Learning", arXiv:2004.11362). A penalty on the
   distance from the start keeps what the pictures do not show.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from visualsearch.embedding.card import Scaling, plain_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.network import EmbeddingNetwork
from visualsearch.embedding.preprocess import decode
from visualsearch.embedding.runtime_torch import PooledRuntime
from visualsearch.measuring.dataset import LabelSpace
from visualsearch.measuring.progress import chunks_with_progress, steps_with_progress
from visualsearch.measuring.rephotograph import rephotograph
from visualsearch.training.initialisation import principal_components
from visualsearch.training.plan import TrainingError

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
Watch = Callable[[float | None, Floats, Floats], None]  # mean loss of an epoch, then weight and bias after it

MAX_PICTURES = 8_000  # a minute for every 1,500 on two cores
MIN_PICTURES = 64

_SIDE = 300  # pixels on the short side to which a file is decoded
_DISCRIMINANT = 0.5  # 0 ignores the photos; 1 makes all directions differ equally and finds fewer kinds
_WHITENING = 0.25  # of the components after that
_SHRINKAGE = 0.1  # share of a sphere in the covariance of the differences, which few pictures determine
_EPOCHS = 6
_BATCH = 256
_OTHERS = 2_000  # further pictures that each batch is compared with
_RATE = 1e-3
_INSTANCE_TEMPERATURE = 0.07
_CLASS_TEMPERATURE = 0.1
_NEARNESS = 10.0  # weight of the squared relative distance from the start


class Pairs(NamedTuple):
    """Features (n, channels) of pictures and of their photos.

    `products` (n,) numbers products, and `classes` (n,) classes over all label spaces; -1 if a class has no meaning
    beyond its product. `spaces` (n,) numbers the label spaces.
    """

    pictures: Floats
    photos: Floats
    products: Labels
    classes: Labels
    spaces: Labels


def paired_features(
    network: EmbeddingNetwork, spaces: Sequence[LabelSpace], scaling: Scaling, limit: int = MAX_PICTURES, seed: int = 0
) -> Pairs:
    """Return the pooled features of at most `limit` random pictures, and of one photo of each."""
    rows = [(number, position) for number, space in enumerate(spaces) for position in range(len(space))]
    chosen = np.sort(np.random.default_rng(seed).permutation(len(rows))[:limit])
    sample = [rows[i] for i in chosen]
    embedder = Embedder(plain_card("projection", network.projection.in_features, scaling), PooledRuntime(network))
    pictures: list[Floats] = []
    photos: list[Floats] = []
    for chunk in chunks_with_progress(sample, 32, "pictures and photos"):
        decoded = [decode(spaces[number].paths[position].read_bytes(), _SIDE) for number, position in chunk]
        again = [
            rephotograph(picture, np.random.default_rng([seed, *row]))
            for picture, row in zip(decoded, chunk, strict=True)
        ]
        for found, images in ((pictures, decoded), (photos, again)):
            inputs = np.stack([embedder.prepare(image) for image in images])
            with torch.inference_mode():
                found.append(network.pool(torch.from_numpy(inputs)).numpy())
    numbers = np.array([_numbers(spaces, *row) for row in sample], dtype=np.int64)
    return Pairs(np.concatenate(pictures), np.concatenate(photos), numbers[:, 0], numbers[:, 1], numbers[:, 2])


def fit_projection(network: EmbeddingNetwork, pairs: Pairs, seed: int = 0, watch: Watch | None = None) -> None:
    """Replace the projection by one that is fitted to the pairs. Raises TrainingError if they are too few.

    `watch` is called with the projection before the contrast, without a loss, and after each epoch of it.
    """
    if len(pairs.pictures) < MIN_PICTURES:
        raise TrainingError(f"A projection needs at least {MIN_PICTURES} pictures; these are {len(pairs.pictures)}.")
    weight, bias = (each.detach().numpy() for each in network.projection.parameters())
    lengths = [_mean_length(pairs.pictures), _mean_length(pairs.pictures @ weight.T + bias)]

    def both(features: Floats) -> Floats:
        """Put the old outputs beside the features, with the same mean length."""
        outputs = features @ weight.T + bias
        return np.concatenate([features / lengths[0], outputs / lengths[1]], axis=1).astype(np.float32)

    def folded(fitted: Floats, shift: Floats) -> tuple[Floats, Floats]:
        """Return weight and bias on the features alone."""
        of_features, of_outputs = fitted[:, : weight.shape[1]] / lengths[0], fitted[:, weight.shape[1] :] / lengths[1]
        return of_features + of_outputs @ weight, of_outputs @ bias + shift

    def report(loss: float | None, fitted: Floats, shift: Floats) -> None:
        if watch:
            watch(loss, *folded(fitted, shift))

    wide = pairs._replace(pictures=both(pairs.pictures), photos=both(pairs.photos))
    weight_of_features, bias_of_features = folded(*_refine(wide, *_discriminant(wide, len(bias)), seed, report))
    with torch.no_grad():
        network.projection.weight.copy_(torch.from_numpy(weight_of_features))
        network.projection.bias.copy_(torch.from_numpy(bias_of_features))


def _discriminant(pairs: Pairs, dimensions: int) -> tuple[Floats, Floats]:
    """Return weight (dimensions, channels) and bias of the discriminant components; outputs have mean length 1."""
    pictures = pairs.pictures.astype(np.float64)
    differences = pairs.photos - pictures
    within = differences.T @ differences / len(differences)
    sphere = np.eye(len(within)) * np.trace(within) / len(within)
    variances, axes = np.linalg.eigh((1 - _SHRINKAGE) * within + _SHRINKAGE * sphere)
    variances = np.maximum(variances, 1e-12)  # a body may have channels that never change
    scaled = (axes * variances ** (-_DISCRIMINANT / 2)) @ axes.T
    components, mean = principal_components(pictures @ scaled, dimensions, _WHITENING)
    weight, bias = components @ scaled, -components @ mean
    length = _mean_length(pictures @ weight.T + bias)
    return (weight / length).astype(np.float32), (bias / length).astype(np.float32)


def _refine(pairs: Pairs, weight: Floats, bias: Floats, seed: int, watch: Watch) -> tuple[Floats, Floats]:
    """Return weight and bias after the contrast."""
    watch(None, weight, bias)
    random = torch.Generator().manual_seed(seed)
    pictures, photos = torch.from_numpy(pairs.pictures), torch.from_numpy(pairs.photos)
    start = torch.from_numpy(weight)
    fitted, shift = start.clone().requires_grad_(), torch.from_numpy(bias).requires_grad_()
    optimizer = torch.optim.Adam([fitted, shift], lr=_RATE)
    size = min(_BATCH, len(pictures))
    steps, losses = _EPOCHS * (len(pictures) // size), []
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for step in steps_with_progress(steps, "projection"):
        batch, others = (torch.randperm(len(pictures), generator=random)[:most] for most in (size, _OTHERS))
        compared = torch.cat([batch, others])
        gallery = functional.normalize(pictures[compared] @ fitted.T + shift, dim=1)
        queries = functional.normalize(photos[batch] @ fitted.T + shift, dim=1)
        distance = (fitted - start).square().sum() / start.square().sum()
        loss = _contrast(queries @ gallery.T, pairs, batch.numpy(), compared.numpy()) + _NEARNESS * distance
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % (steps // _EPOCHS) == 0:
            watch(float(np.mean(losses)), fitted.detach().numpy(), shift.detach().numpy())
            losses.clear()
    return fitted.detach().numpy(), shift.detach().numpy()


def _contrast(similarity: Tensor, pairs: Pairs, batch: Labels, compared: Labels) -> Tensor:
    """Return the loss of photos (n) against pictures (m), of which the first n are their own."""

    def equal(labels: Labels) -> Tensor:
        return torch.from_numpy(labels[batch][:, None] == labels[compared][None, :])

    own = torch.eye(len(batch), len(compared), dtype=torch.bool)
    twins = equal(pairs.products) & ~own  # also the same picture, drawn again
    instance = functional.cross_entropy(
        (similarity / _INSTANCE_TEMPERATURE).masked_fill(twins, float("-inf")), torch.arange(len(batch))
    )
    known = torch.from_numpy(pairs.classes[batch] >= 0)[:, None]
    others = equal(pairs.spaces) & ~equal(np.arange(len(pairs.products)))
    alike = equal(pairs.classes) & known & others
    usable = alike.any(dim=1)
    if not usable.any():
        return instance
    alike = alike[usable]
    logits = (similarity[usable] / _CLASS_TEMPERATURE).masked_fill(~others[usable], -1e4)
    likelihood = torch.log_softmax(logits, dim=1)
    return instance - ((likelihood * alike).sum(dim=1) / alike.sum(dim=1)).mean()


def _numbers(spaces: Sequence[LabelSpace], number: int, position: int) -> tuple[int, int, int]:
    """Return product, class and space of a picture, numbered over all spaces."""
    space, first = spaces[number], sum(len(each) for each in spaces[:number])
    label = int(space.labels[position])
    if space.products is not None:
        return first + int(space.products[position]), first + label, number
    return (first + label, -1, number) if space.is_catalogue else (first + position, first + label, number)


def _mean_length(rows: npt.NDArray[np.floating]) -> float:
    return float(np.linalg.norm(rows, axis=1).mean())
