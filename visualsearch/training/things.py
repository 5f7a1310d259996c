"""Train the finder's head: where things are, on the feature maps of a body that does not change.

A cell of the map learns how near it is to the middle of a thing, and how far the thing reaches in four directions, as
in Tian et al. 2019, "FCOS: Fully Convolutional One-Stage Object Detection", arXiv:1904.01355. The scenes are composed
from cutouts, so nobody has to draw boxes.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from catalog.atomic_files import atomic_write, atomic_write_text
from visualsearch.embedding.card import Card
from visualsearch.embedding.preprocess import Region, decode
from visualsearch.measuring.progress import chunks_with_progress
from visualsearch.regions.finder import Finder, FinderCard, prepare
from visualsearch.training.background import foreground
from visualsearch.training.plan import TrainingError
from visualsearch.training.scenes import Cutout, Scene, compose
from visualsearch.training.things_graph import DISTANCES, MAPS, trunk, with_head

Floats = npt.NDArray[np.float32]

LONG_SIDE = 320  # pixels of the finder's input
HIDDEN = 96  # channels between the maps and the output
MIN_CUTOUTS = 4
_CUTOUT_SIDE = 448  # pixels
_BATCH = 16
_RATE = 2e-3
_CENTRAL = 0.3  # how near to the middle of a thing a cell learns its box


@dataclass(frozen=True)
class FinderPlan:
    """How many pictures to cut out, scenes to compose and times to see them."""

    pictures: int = 2500
    scenes: int = 2500
    epochs: int = 12
    seed: int = 0


@dataclass(frozen=True)
class _Example:
    """The feature maps of a scene, and for each cell its target score and box."""

    maps: tuple[npt.NDArray[np.float16], npt.NDArray[np.float16]]
    score: Floats
    reach: Floats


class _Around(nn.Module):
    """Let each cell see those around it, at a distance."""

    def __init__(self, distance: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(HIDDEN, HIDDEN, 3, padding=distance, dilation=distance, groups=HIDDEN)
        self.mix = nn.Conv2d(HIDDEN, HIDDEN, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        return functional.relu(hidden + self.mix(functional.relu(self.look(hidden))))


class _Head(nn.Module):
    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.fine = nn.Conv2d(channels[0], HIDDEN, 2, stride=2)
        self.coarse = nn.Conv2d(channels[1], HIDDEN, 1)
        self.mix = nn.Conv2d(HIDDEN, HIDDEN, 3, padding=1)
        self.around = nn.ModuleList(_Around(distance) for distance in DISTANCES)
        self.out = nn.Conv2d(HIDDEN, 5, 1)
        assert self.out.bias is not None
        nn.init.constant_(self.out.bias[:1], -3.0)  # most cells show nothing

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        hidden = functional.relu(self.fine(fine) + self.coarse(coarse))
        hidden = functional.relu(self.mix(hidden) + hidden)
        for around in self.around:
            hidden = around(hidden)
        output: Tensor = self.out(hidden)
        return output


def train_finder(card: Card, folders: Sequence[Sequence[Path]], out: Path, plan: FinderPlan) -> Finder:
    """Train a head on the network's body and write the finder to `out`, which ends in .json; return it loaded.

    The pictures are drawn evenly from the folders. Raises TrainingError if too few have a plain background.
    """
    random = np.random.default_rng(plan.seed)
    share = plan.pictures // max(1, len(folders))
    chosen = [paths[i] for paths in folders for i in np.sort(random.permutation(len(paths))[:share])]
    cutouts, backdrops = cut_out(chosen)
    if len(cutouts) < MIN_CUTOUTS:
        raise TrainingError(f"Only {len(cutouts)} of {len(chosen)} pictures have a plain, light background.")
    model = trunk(card)
    run = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    examples = []
    for chunk in chunks_with_progress(range(plan.scenes), 16, "scenes"):
        examples += [_example(run, compose(cutouts, backdrops, random), card) for _ in chunk]
    head = _fit(examples, plan, random)
    training = {"body": card.identity, "cutouts": len(cutouts), **asdict(plan)}
    return _save(model, head, card, training, out)


def cut_out(paths: Sequence[Path]) -> tuple[list[Cutout], list[Image.Image]]:
    """Return the cutouts of pictures with a plain background, and all pictures to make backgrounds from."""
    cutouts, pictures = [], []
    for chunk in chunks_with_progress(paths, 16, "cutouts"):
        for path in chunk:
            picture = decode(path.read_bytes(), _CUTOUT_SIDE // 2)
            picture.thumbnail((_CUTOUT_SIDE, _CUTOUT_SIDE))
            pictures.append(picture)
            if mask := foreground(picture):
                cutouts.append(Cutout(picture, mask))
    return cutouts, pictures


def _example(run: onnxruntime.InferenceSession, scene: Scene, card: Card) -> _Example:
    fine, coarse = run.run(list(MAPS), {"pictures": prepare(scene.picture, card, LONG_SIDE)[None]})
    score, reach = targets(scene.boxes, coarse.shape[2], coarse.shape[3])
    return _Example((fine[0].astype(np.float16), coarse[0].astype(np.float16)), score, reach)


def targets(boxes: Sequence[Region], height: int, width: int) -> tuple[Floats, Floats]:
    """Return each cell's score (height, width) and reach (4, height, width), for the thing it is nearest to."""
    down, across = (np.arange(height) + 0.5)[:, None] / height, (np.arange(width) + 0.5)[None] / width
    score, reach = np.zeros((height, width), np.float32), np.zeros((4, height, width), np.float32)
    for x, y, box_width, box_height in boxes:
        sides = np.broadcast_arrays(across - x, down - y, x + box_width - across, y + box_height - down)
        left, up, right, below = sides
        is_inside = np.minimum.reduce(sides) > 0
        if not is_inside.any():
            continue
        central = np.minimum(left, right) / np.maximum(left, right) * np.minimum(up, below) / np.maximum(up, below)
        nearness = np.sqrt(np.clip(central, 0, 1)) * is_inside
        nearness = nearness / nearness.max()
        is_nearest = is_inside & (nearness > score)
        score[is_nearest] = nearness[is_nearest]
        reach[:, is_nearest] = np.stack(sides)[:, is_nearest]
    return score, reach


def _fit(examples: Sequence[_Example], plan: FinderPlan, random: np.random.Generator) -> _Head:
    torch.manual_seed(plan.seed)
    head = _Head([maps.shape[0] for maps in examples[0].maps])
    optimiser = torch.optim.AdamW(head.parameters(), _RATE, weight_decay=1e-2)
    steps = plan.epochs * len(list(_batches(examples, np.random.default_rng(plan.seed))))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps + 1, pct_start=0.1)
    for _ in range(plan.epochs):
        for batch in _batches(examples, random):
            loss = _loss(head, batch)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(head.parameters(), 5.0)
            optimiser.step()
            schedule.step()
    return head.eval()


def _batches(examples: Sequence[_Example], random: np.random.Generator) -> Iterator[list[_Example]]:
    """Yield batches of scenes of one size, in random order."""
    by_size: dict[tuple[int, ...], list[_Example]] = {}
    for position in random.permutation(len(examples)):
        by_size.setdefault(examples[position].score.shape, []).append(examples[position])
    batches = [each[start : start + _BATCH] for each in by_size.values() for start in range(0, len(each), _BATCH)]
    yield from (batches[position] for position in random.permutation(len(batches)))


def _loss(head: _Head, batch: Sequence[_Example]) -> Tensor:
    """Return a focal loss of the scores, and the generalised IoU of the boxes of central cells."""
    fine, coarse = (
        functional.dropout2d(torch.from_numpy(np.stack([each.maps[i] for each in batch])).float(), 0.1)
        for i in range(2)
    )
    wanted = torch.from_numpy(np.stack([each.score for each in batch]))
    output = head(fine, coarse)
    score, is_central = output[:, 0], wanted > _CENTRAL
    unsure = (torch.sigmoid(score) - wanted).abs() ** 2
    of_scores = functional.binary_cross_entropy_with_logits(score, wanted, reduction="none") * unsure
    loss: Tensor = 4 * of_scores.sum() / is_central.sum().clamp(min=1)
    if is_central.any():
        reach = torch.exp(output[:, 1:].clamp(-6, 1)).permute(0, 2, 3, 1)[is_central]
        true = torch.from_numpy(np.stack([each.reach for each in batch])).permute(0, 2, 3, 1)[is_central]
        weights = wanted[is_central]
        loss = loss + ((1 - _generalised_iou(reach, true)) * weights).sum() / weights.sum()
    return loss


def _generalised_iou(one: Tensor, other: Tensor) -> Tensor:
    """Return the generalised IoU of boxes around the same points, given by their reach (n, 4)."""
    low, high = torch.minimum(one, other), torch.maximum(one, other)
    shared, hull = (_area(each) for each in (low, high))
    union = _area(one) + _area(other) - shared
    return shared / union - (hull - union) / hull


def _area(reach: Tensor) -> Tensor:
    left, up, right, down = reach.unbind(1)
    return (left + right) * (up + down)


def _save(model: onnx.ModelProto, head: _Head, card: Card, training: dict[str, Any], out: Path) -> Finder:
    graph = with_head(model, {name: value.numpy() for name, value in head.state_dict().items()}).SerializeToString()
    found = FinderCard(hashlib.sha256(graph).hexdigest(), LONG_SIDE, card.mean, card.std, card.licence, training)
    out.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(out.with_suffix(".onnx")) as file:
        file.write(graph)
    with atomic_write_text(out) as text:
        text.write(json.dumps(asdict(found), indent=2, ensure_ascii=False) + "\n")
    return Finder.load(out)
