"""Teaching the network: one body, a cosine head per label space, a contrast between views of one picture.

Labels teach what customers mean by the same thing; the contrast teaches to tell single products apart, which is what
a catalogue needs. Seeded, stopped on what is held out, and resumed from its checkpoint after a kill.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.network import EmbeddingNetwork
from visualsearch.embedding.runtime_torch import TorchRuntime
from visualsearch.training import checkpoint, rephotograph
from visualsearch.training.dataset import LabelSpace, Split
from visualsearch.training.evaluate import classification, embed_space
from visualsearch.training.head import CosineHead, contrast
from visualsearch.training.plan import Plan
from visualsearch.training.start import plain_card
from visualsearch.training.views import ViewBatch, Views

Epoch = dict[str, Any]
Progress = Callable[[int, int, int, float], None]  # epoch, step, steps, loss

_IMPRINTED = 12  # pictures a class: more would not move the mean enough to be worth the time
_ASKED_AGAIN = 128  # re-photographed pictures a catalogue is scored with after each epoch
_PICTURES_AT_ONCE = 4  # through frozen blocks: their maps then fit into the processor's cache, 4 times as fast


@dataclass
class Position:
    """Where a run stands: the next step of the current epoch, and what that epoch has cost so far."""

    epoch: int = 0
    step: int = 0
    loss: float = 0.0
    seconds: float = 0.0


class Training:
    """One run. `network` holds the best weights when `run` returns, and `history` one record per epoch."""

    def __init__(self, network: EmbeddingNetwork, splits: Sequence[Split], plan: Plan, folder: Path) -> None:
        torch.manual_seed(plan.seed)
        self.network, self.splits, self.plan = network, list(splits), plan
        self.history: list[Epoch] = []
        self._path = folder / "checkpoint.pt"
        self._best: dict[str, Tensor] = {}
        self._at = Position()
        spaces = [split.train for split in splits]
        # The fourth root of its size: a small catalogue must not drown, nor be shown until it is known by heart.
        shares = [len(space) ** 0.25 for space in spaces]
        self._views = Views(
            spaces, shares, seed=plan.seed, batch=plan.batch, paired=plan.paired, strength=plan.strength
        )
        dimensions = network.projection.out_features
        self.heads = nn.ModuleList(CosineHead(dimensions, len(space.classes), plan.scale) for space in spaces)
        self._optimiser = self._make_optimiser()
        self._fingerprint = _fingerprint(network, splits, plan)
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, progress: Progress | None = None, report: Callable[[Epoch], None] | None = None) -> list[Epoch]:
        """Train to the end of the plan, or until `patience` epochs brought nothing; returns the history."""
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if not self._resume():
            self._imprint()
        while self._at.epoch < self.plan.epochs and not self._tired():
            self._train_epoch(progress or (lambda *_: None))
            record = self._finish_epoch()
            if report:
                report(record)
        self.network.load_state_dict(self._best or self.network.state_dict())
        self.network.eval()
        return self.history

    def _train_epoch(self, progress: Progress) -> None:
        steps = self._views.steps()
        self._set_training()
        for batch in self._views.epoch(self._at.epoch, self.plan.size(self._at.epoch), self._at.step):
            started = time.perf_counter()
            self._set_rate((self._at.epoch + self._at.step / steps) / self.plan.epochs)
            self._at.loss += self._learn(batch)
            self._at.seconds += time.perf_counter() - started
            self._at.step += 1
            progress(self._at.epoch, self._at.step, steps, self._at.loss / self._at.step)
            if self._at.step % self.plan.checkpoint_every == 0:
                self._save()

    def _learn(self, batch: ViewBatch) -> float:
        vectors = self._look(torch.from_numpy(batch.inputs).contiguous(memory_format=torch.channels_last))
        spaces, labels = torch.from_numpy(batch.spaces), torch.from_numpy(batch.labels)
        seen = len(labels)
        loss = torch.zeros(())
        for index, head in enumerate(self.heads):
            mine = spaces == index
            if bool(mine.any()):
                logits = head(vectors[:seen][mine])
                share = mine.float().mean()
                loss = loss + share * functional.cross_entropy(
                    logits, labels[mine], label_smoothing=self.plan.smoothing
                )
        if len(vectors) > seen:
            first = slice(0, len(vectors) - seen)
            classes = labels[first] + 1_000_000 * spaces[first]
            loss = loss + self.plan.contrast_weight * contrast(vectors[first], vectors[seen:], classes)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self._optimiser.step()
        return float(loss.detach())

    def _look(self, inputs: Tensor) -> Tensor:
        blocks, count = self.network.features, self.plan.frozen_blocks
        frozen, rest = blocks[:count], blocks[count:]
        with torch.no_grad():
            maps = torch.cat([frozen(few) for few in torch.split(inputs, _PICTURES_AT_ONCE)])
        return self.network.describe(rest(maps))

    def _finish_epoch(self) -> Epoch:
        scores = {split.train.name: self._score(index, split) for index, split in enumerate(self.splits)}
        record = {
            "epoch": self._at.epoch,
            "size": self.plan.size(self._at.epoch),
            "loss": self._at.loss / self._views.steps(),
            "seconds": self._at.seconds,
            "scores": scores,
            "score": float(np.mean([next(iter(score.values())) for score in scores.values()])),
        }
        if not self.history or record["score"] > max(past["score"] for past in self.history):
            self._best = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.history.append(record)
        self._at = Position(epoch=self._at.epoch + 1)
        self._save()
        return record

    def _score(self, index: int, split: Split) -> dict[str, float]:
        embedder = self.embedder()
        if split.held_out is None:
            taken_again = rephotograph.measure(embedder, split.train, self.plan.seed, _ASKED_AGAIN)
            return {"taken_again_recall_at_1": taken_again.recall_at_1}
        vectors = torch.from_numpy(embed_space(embedder, split.held_out))
        with torch.no_grad():
            predicted = self.heads[index](vectors).argmax(dim=1).numpy()
        return classification(predicted, split.held_out.labels)

    def embedder(self) -> Embedder:
        """The network as it stands, seen through the same preprocessing that serves the shop."""
        return Embedder(plain_card("in training", self.network.projection.out_features), TorchRuntime(self.network))

    def _imprint(self) -> None:
        embedder = self.embedder()
        for head, split in zip(self.heads, self.splits, strict=True):
            some = split.train.subset(_first_of_each_class(split.train, _IMPRINTED))
            vectors = torch.from_numpy(embed_space(embedder, some, f"{some.name}: first look"))
            head.imprint(vectors, torch.from_numpy(some.labels))  # type: ignore[operator]

    def _tired(self) -> bool:
        if not self.history:
            return False
        best = int(np.argmax([record["score"] for record in self.history]))
        return len(self.history) - 1 - best >= self.plan.patience

    def _make_optimiser(self) -> torch.optim.Optimizer:
        for parameter in self.network.features[: self.plan.frozen_blocks].parameters():
            parameter.requires_grad = False
        body = [p for p in self.network.features.parameters() if p.requires_grad]
        rest = [*self.network.pooling.parameters(), *self.network.projection.parameters()]
        groups = [
            {"params": body, "rate": self.plan.body_rate},
            {"params": rest, "rate": self.plan.body_rate},
            {"params": [*self.heads.parameters()], "rate": self.plan.head_rate},
        ]
        return torch.optim.AdamW(groups, lr=self.plan.body_rate, weight_decay=self.plan.weight_decay, fused=True)

    def _set_rate(self, done: float) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = group["rate"] * self.plan.rate(done)

    def _set_training(self) -> None:
        self.network.train()
        self.network.features[: self.plan.frozen_blocks].eval()  # its running statistics stay as they are, too

    def _save(self) -> None:
        state = {
            "fingerprint": self._fingerprint,
            "network": self.network.state_dict(),
            "heads": self.heads.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "best": self._best,
            "history": self.history,
            "position": vars(self._at),
        }
        checkpoint.write(self._path, state)

    def _resume(self) -> bool:
        state = checkpoint.read(self._path, self._fingerprint)
        if state is None:
            return False
        self.network.load_state_dict(state["network"])
        self.heads.load_state_dict(state["heads"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._best, self.history, self._at = state["best"], state["history"], Position(**state["position"])
        return True


def _first_of_each_class(space: LabelSpace, count: int) -> list[int]:
    order = np.argsort(space.labels, kind="stable")
    _, starts = np.unique(space.labels[order], return_index=True)
    return sorted(int(i) for part in np.split(order, starts[1:]) for i in part[:count])


def _fingerprint(network: EmbeddingNetwork, splits: Sequence[Split], plan: Plan) -> str:
    digest = hashlib.sha256(repr(plan).encode())
    for value in network.state_dict().values():
        digest.update(value.numpy().tobytes())
    for split in splits:
        digest.update(repr((split.train.name, split.train.classes)).encode() + split.train.labels.tobytes())
        digest.update("\n".join(path.name for path in split.train.paths).encode())
    return digest.hexdigest()
