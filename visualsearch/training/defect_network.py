"""Train the small network that sees defects which no simple measure finds.

Depthwise separable convolutions as in Howard et al. 2017, "MobileNets", arXiv:1704.04861; the mean and the maximum of
the last maps, because a watermark fills a picture and a badge does not. Two rounds: small pictures, then larger ones.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from PIL import Image, ImageOps
from torch import Tensor, nn

from catalog.atomic_files import atomic_write, atomic_write_text
from visualsearch.training.defects import MAKERS, Random, finish, is_held_out
from visualsearch.training.plan import TrainingError

CODES = ("text", "collage", "screenshot", "blurred", "dark", "overexposed", "empty")  # the outputs, in order
LICENCE = "MIT"
_BATCH = 48
_SMOOTHING = 0.005  # of the targets
_MIN_PICTURES = 8


@dataclass(frozen=True)
class Round:
    """One round: the input's side, how many pictures it sees how often, and how many of each defect a picture gets."""

    side: int
    pictures: int
    epochs: int
    rate: float
    defects: Mapping[str, float]


ROUNDS = (
    Round(160, 3600, 7, 4e-3, {"text": 1.2, "collage": 0.5, "screenshot": 0.4, "blurred": 0.3, "dark": 0.15,
                               "overexposed": 0.25, "empty": 0.15}),
    Round(192, 3300, 14, 3e-3, {"text": 1.7, "collage": 0.6, "screenshot": 0.15, "blurred": 0.45, "dark": 0.06,
                               "overexposed": 0.4, "empty": 0.06}),
)  # fmt: skip


class DefectLayers(nn.Module):
    """Five halvings of the picture, then one linear layer: 32,000 weights."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _convolution(3, 12, 2), _convolution(12, 24, 2), *_separable(24, 32), *_separable(32, 64, 2),
            *_separable(64, 64), *_separable(64, 96, 2), *_separable(96, 96, size=5),
        )  # fmt: skip
        self.head = nn.Linear(96 * 2, len(CODES))

    def forward(self, pictures: Tensor) -> Tensor:
        maps = self.body(pictures)
        found: Tensor = self.head(torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1))
        return found


def _convolution(inner: int, outer: int, stride: int = 1, groups: int = 1, size: int = 3) -> nn.Sequential:
    convolution = nn.Conv2d(inner, outer, size, stride, size // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outer), nn.ReLU())


def _separable(inner: int, outer: int, stride: int = 1, size: int = 3) -> tuple[nn.Sequential, nn.Sequential]:
    return _convolution(inner, inner, stride, inner, size), _convolution(inner, outer, size=1)


def train_defects(paths: Sequence[Path], out: Path, rounds: Sequence[Round] = ROUNDS, seed: int = 0) -> DefectLayers:
    """Train on the pictures that are not held out and write the graph and its card. Raises TrainingError.

    The card's limits are 0 until `bench_moderation --limits` has measured them.
    """
    known = [path for path in paths if not is_held_out(path)]
    if len(known) < _MIN_PICTURES:
        raise TrainingError(f"There are {len(known)} pictures to learn from. Give folders with more pictures.")
    torch.manual_seed(seed)
    layers, random = DefectLayers(), Random(seed)
    for each in rounds:
        chosen = [known[place] for place in random.permutation(len(known))[: each.pictures]]
        _fit(layers, examples(chosen, each, random), each, random)
    save(layers.eval(), out, rounds)
    return layers


def examples(
    paths: Sequence[Path], plan: Round, random: Random
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Return small pictures (n, side, side, 3), good ones and made defects, and what is wrong with each (n, codes)."""
    pictures, targets = [], []
    for image, code in _made(paths, plan, random):
        small = image.resize((plan.side, plan.side), Image.Resampling.BILINEAR, reducing_gap=2.0)
        pictures.append(np.asarray(small))
        targets.append([float(code == each) for each in CODES])
    return np.stack(pictures), np.array(targets, np.float32)


def _made(paths: Sequence[Path], plan: Round, random: Random) -> Iterator[tuple[Image.Image, str]]:
    for path in paths:
        image = _read(path)
        others = [_read(paths[int(random.integers(len(paths)))]) for _ in range(3)]
        yield finish(_harmless(image, random), random), ""
        for code, times in plan.defects.items():
            for _ in range(int(times) + (random.random() < times % 1)):
                yield finish(MAKERS[code](image, random, others), random), code


def _read(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _harmless(image: Image.Image, random: Random) -> Image.Image:
    """Add what is no defect: sometimes an even border, sometimes a cut."""
    if random.random() < 0.12:
        image = ImageOps.expand(image, int(random.integers(4, 40)), (255,) * 3 if random.random() < 0.6 else (0,) * 3)
    if random.random() < 0.3:
        left, top = random.uniform(0, 0.25, 2)
        width, height = image.size
        image = image.crop((int(left * width), int(top * height), width, height))
    return image


def _fit(
    layers: DefectLayers, data: tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]], plan: Round, random: Random
) -> None:
    pictures, targets = data
    steps = plan.epochs * max(1, len(pictures) // _BATCH)
    optimiser = torch.optim.AdamW(layers.parameters(), plan.rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=steps + 1, pct_start=0.04)
    loss = nn.BCEWithLogitsLoss()
    layers.train()
    for _ in range(steps):
        batch = random.integers(len(pictures), size=min(_BATCH, len(pictures)))
        inputs = torch.from_numpy(pictures[batch]).permute(0, 3, 1, 2).float() / 127.5 - 1
        if random.random() < 0.5:
            inputs = inputs.flip(3)
        wanted = torch.from_numpy(targets[batch]) * (1 - 4 * _SMOOTHING) + _SMOOTHING
        optimiser.zero_grad()
        loss(layers(inputs), wanted).backward()
        optimiser.step()
        schedule.step()


def save(layers: DefectLayers, out: Path, rounds: Sequence[Round], limits: Mapping[str, float] | None = None) -> None:
    """Write the graph as ONNX, and beside it the card that DefectNetwork reads."""
    side = rounds[-1].side
    graph = to_graph(layers, side).SerializeToString()
    with atomic_write(out.with_suffix(".onnx")) as file:
        file.write(graph)
    card = {
        "sha256": hashlib.sha256(graph).hexdigest(),
        "side": side,
        "outputs": CODES,
        "limits": dict(limits or dict.fromkeys(CODES, 0.0)),
        "licence": LICENCE,
        "training": {"rounds": [asdict(each) for each in rounds]},
    }
    with atomic_write_text(out) as text:
        text.write(json.dumps(card, indent=2) + "\n")


def to_graph(layers: DefectLayers, side: int) -> onnx.ModelProto:
    """Export the layers as ONNX: input `pictures` (n, 3, side, side) float32, output `defects` (n, codes)."""
    program = torch.onnx.export(
        layers.eval(),
        (torch.zeros(2, 3, side, side),),
        input_names=["pictures"],
        output_names=["defects"],
        dynamic_shapes={"pictures": {0: torch.export.Dim("n")}},
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise RuntimeError("torch returned no graph")
    model: onnx.ModelProto = program.model_proto
    for node in model.graph.node:
        del node.metadata_props[:]  # stack traces with paths of the exporting machine
        node.doc_string = ""
    onnx.checker.check_model(model)
    return model
