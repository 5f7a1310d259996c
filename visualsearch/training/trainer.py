"""Train the network on several label spaces at once.

Labels teach which pictures customers consider alike; the contrast between views teaches the network to tell single
products apart, as a catalogue needs. Training is seeded, stops early by a validation score, and resumes from its
checkpoint.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from catalog.atomic_files import atomic_write
from visualsearch.embedding.card import SYMMETRIC, Scaling, plain_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.network import EmbeddingNetwork
from visualsearch.embedding.runtime_torch import TorchRuntime
from visualsearch.measuring.dataset import LabelSpace, Split, embed_space
from visualsearch.measuring.metrics import classification
from visualsearch.measuring.rephotograph import rephotographed_recall
from visualsearch.training.dataloader import Batch, DataLoader
from visualsearch.training.objective import CosineHead, Objective
from visualsearch.training.plan import Plan, TrainingError
from visualsearch.training.process import Process

Epoch = dict[str, Any]
StepCallback = Callable[[int, int, int, float], None]  # epoch, step, steps, loss

CHECKPOINT = "checkpoint.pt"
_IMPRINTED = 12  # pictures per class; more hardly move the mean
_ALL_IMPRINTED = 10_000  # pictures; embedding some of each of 100,000 classes would take minutes
_VALIDATION_QUERIES = 128  # rephotographed pictures that score a catalogue after each epoch


@dataclass
class Position:
    """The next step of the current epoch, and the epoch's loss and seconds so far."""

    epoch: int = 0
    step: int = 0
    loss: float = 0.0
    seconds: float = 0.0


class Trainer:
    """One run. After `run`, `network` has the best weights and `history` one record per epoch."""

    def __init__(
        self,
        network: EmbeddingNetwork,
        splits: Sequence[Split],
        plan: Plan,
        folder: Path,
        *,
        scaling: Scaling = SYMMETRIC,
        process: Process | None = None,
    ) -> None:
        torch.manual_seed(plan.seed)
        self.network, self.splits, self.plan = network, list(splits), plan
        self.scaling, self.process = scaling, process or Process()
        self.history: list[Epoch] = []
        self._path = folder / CHECKPOINT
        self._best: dict[str, Tensor] = {}
        self._position = Position()
        self._fingerprint = _fingerprint(network, splits, plan, self.process.world_size)
        spaces = [split.train for split in splits]
        self._loader = _make_loader(spaces, plan, scaling, self.process)
        self.objective = Objective(network, spaces, plan, self.process.has_bfloat16)
        self.objective.to(self.process.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._distributed: nn.Module = self.objective
        span = plan.average * plan.epochs * len(self._loader)
        self._averaged = AveragedModel(self.objective, multi_avg_fn=_moving_average(span), use_buffers=True).eval()
        self._optimizer = self._make_optimizer()
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, on_step: StepCallback | None = None, on_epoch: Callable[[Epoch], None] | None = None) -> list[Epoch]:
        """Train to the end of the plan, or stop after `patience` epochs without a better score; return the history.

        Raises TrainingError if the folder holds the checkpoint of another run.
        """
        if not self._resume():
            self._imprint_heads()
        while self._position.epoch < self.plan.epochs and not self._is_exhausted():
            self._train_epoch(on_step or (lambda *_: None))
            record = self._finish_epoch()
            if on_epoch:
                on_epoch(record)
        self.set_weights(self._best or self.network.state_dict())
        self.network.eval()
        return self.history

    def set_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Replace the weights that are evaluated and saved."""
        for network in (self.network, self._average.network):
            network.load_state_dict(weights)

    def embedder(self) -> Embedder:
        """Return an embedder of the averaged weights, or of the best ones after the run."""
        card = plain_card("in training", self.network.projection.out_features, self.scaling)
        return Embedder(card, TorchRuntime(self._average.network, str(self.process.device)))

    def _train_epoch(self, on_step: StepCallback) -> None:
        steps, position = len(self._loader), self._position
        self.objective.start_epoch(position.epoch)
        self._distributed = self.process.distribute(self.objective)  # again, since other weights may be frozen now
        for batch in self._loader.epoch(position.epoch, self.plan.size(position.epoch), position.step):
            started = time.perf_counter()
            self._set_rate(position.epoch + position.step / steps)
            position.loss += self._train_step(batch)
            position.seconds += time.perf_counter() - started
            position.step += 1
            on_step(position.epoch, position.step, steps, position.loss / position.step)
            if position.step % self.plan.checkpoint_every == 0:
                self._save()

    def _train_step(self, batch: Batch) -> float:
        # Some bodies drop paths at random; this seed makes a resumed run drop the same ones.
        position, device = self._position, self.process.device
        torch.manual_seed(hash((self.plan.seed, position.epoch, position.step, self.process.rank)))
        inputs = torch.from_numpy(batch.inputs).to(device, memory_format=torch.channels_last)
        targets = (torch.from_numpy(each).to(device) for each in (batch.spaces, batch.labels, batch.instances))
        loss = self._distributed(inputs, *targets)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self._optimizer.step()
        self._averaged.update_parameters(self.objective)
        return float(loss.detach())

    def _finish_epoch(self) -> Epoch:
        scores = self.process.broadcast(self._validate() if self.process.is_first else {})
        record = {
            "epoch": self._position.epoch,
            "size": self.plan.size(self._position.epoch),
            "loss": self._position.loss / len(self._loader),
            "seconds": self._position.seconds,
            "scores": scores,
            "score": float(np.mean([next(iter(score.values())) for score in scores.values()])),
        }
        if all(record["score"] >= past["score"] for past in self.history):  # on a tie, the last epoch wins
            self._best = {name: value.clone() for name, value in self._average.network.state_dict().items()}
        self.history.append(record)
        self._position = Position(epoch=self._position.epoch + 1)
        self._save()
        return record

    def _validate(self) -> dict[str, dict[str, float]]:
        return {split.train.name: self._score(index, split) for index, split in enumerate(self.splits)}

    def _score(self, index: int, split: Split) -> dict[str, float]:
        embedder = self.embedder()
        if split.held_out is None:
            recall = rephotographed_recall(embedder, split.train, self.plan.seed, _VALIDATION_QUERIES)
            return {"rephotographed_recall_at_1": recall}
        vectors = torch.from_numpy(embed_space(embedder, split.held_out)).to(self.process.device)
        with torch.no_grad():
            predicted = self._average.heads[index](vectors).argmax(dim=1).cpu().numpy()
        return classification(predicted, split.held_out.labels)

    @property
    def _average(self) -> Objective:
        return cast(Objective, self._averaged.module)

    def _imprint_heads(self) -> None:
        embedder = self.embedder()
        for head, split in zip(self.objective.heads, self.splits, strict=True):
            of_each = max(1, min(_IMPRINTED, _ALL_IMPRINTED // len(split.train.classes)))
            sample = split.train.subset(_first_of_each_class(split.train, of_each))
            vectors = torch.from_numpy(embed_space(embedder, sample, f"{sample.name}: class means"))
            labels = torch.from_numpy(sample.labels).to(self.process.device)
            cast(CosineHead, head).imprint(vectors.to(self.process.device), labels)

    def _is_exhausted(self) -> bool:
        if not self.history:
            return False
        best = int(np.argmax([record["score"] for record in self.history]))
        return len(self.history) - 1 - best >= self.plan.patience

    def _make_optimizer(self) -> torch.optim.Optimizer:
        rest = [*self.network.pooling.parameters(), *self.network.projection.parameters()]
        groups = [
            {"params": self.network.features[self.plan.frozen_blocks :].parameters(), "rate": self.plan.body_rate},
            {"params": rest, "rate": self.plan.body_rate},
            {"params": self.objective.heads.parameters(), "rate": self.plan.head_rate},
        ]
        if self.plan.optimizer == "adam":
            return torch.optim.Adam(groups, lr=self.plan.body_rate, fused=True)
        return torch.optim.AdamW(groups, lr=self.plan.body_rate, weight_decay=self.plan.weight_decay, fused=True)

    def _set_rate(self, position: float) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = group["rate"] * self.plan.rate(position)

    def _save(self) -> None:
        if not self.process.is_first:
            return
        state = {
            "fingerprint": self._fingerprint,
            "network": self.network.state_dict(),
            "heads": self.objective.heads.state_dict(),
            "averaged": self._averaged.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "best": self._best,
            "history": self.history,
            "position": vars(self._position),
        }
        with atomic_write(self._path) as file:
            torch.save(state, file)

    def _resume(self) -> bool:
        if not self._path.exists():
            return False
        state = torch.load(self._path, map_location="cpu", weights_only=True)
        if state["fingerprint"] != self._fingerprint:
            raise TrainingError(
                f"{self._path} belongs to another run, with other data, initial weights or options. Delete it or use "
                "another folder."
            )
        self.network.load_state_dict(state["network"])
        self.objective.heads.load_state_dict(state["heads"])
        self._averaged.load_state_dict(state["averaged"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._best, self.history, self._position = state["best"], state["history"], Position(**state["position"])
        return True


def _moving_average(span: float) -> Callable[[Any, Any, Any], None]:
    """Return an exponential moving average over about `span` steps."""
    average: Callable[[Any, Any, Any], None] = get_ema_multi_avg_fn(span / (1.0 + span))  # type: ignore[no-untyped-call]
    return average


def _first_of_each_class(space: LabelSpace, count: int) -> list[int]:
    order = np.argsort(space.labels, kind="stable")
    _, starts = np.unique(space.labels[order], return_index=True)
    return sorted(int(i) for part in np.split(order, starts[1:]) for i in part[:count])


def _make_loader(spaces: Sequence[LabelSpace], plan: Plan, scaling: Scaling, process: Process) -> DataLoader:
    # Shares by the fourth root of size: a small catalogue is neither drowned out nor repeated until it overfits.
    shares = [len(space) ** 0.25 for space in spaces]
    return DataLoader(
        spaces,
        shares,
        seed=plan.seed,
        batch=plan.batch,
        paired=plan.paired,
        strength=plan.strength,
        balance=plan.balance,
        scaling=scaling,
        rank=process.rank,
        world_size=process.world_size,
    )


def _fingerprint(network: EmbeddingNetwork, splits: Sequence[Split], plan: Plan, processes: int) -> str:
    digest = hashlib.sha256(repr((plan, processes, network.body)).encode())
    for value in network.state_dict().values():
        digest.update(value.numpy().tobytes())
    for split in splits:
        digest.update(repr((split.train.name, split.train.classes)).encode() + split.train.labels.tobytes())
        digest.update("\n".join(path.name for path in split.train.paths).encode())
    return digest.hexdigest()
