"""Teaching the network: one body, a cosine head per label space, a contrast between views of one picture.

Labels teach what customers mean by the same thing; the contrast teaches to tell single products apart, which is what
a catalogue needs. Seeded, stopped on what is held out, and resumed from its checkpoint after a kill.
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

from visualsearch.embedding.card import SYMMETRIC, Scaling, plain_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.network import EmbeddingNetwork
from visualsearch.embedding.runtime_torch import TorchRuntime
from visualsearch.measuring import rephotograph
from visualsearch.measuring.dataset import LabelSpace, Split
from visualsearch.measuring.metrics import classification, embed_space
from visualsearch.training import checkpoint
from visualsearch.training.learner import Learner
from visualsearch.training.plan import Plan
from visualsearch.training.views import ViewBatch, Views
from visualsearch.training.workplace import Workplace

Epoch = dict[str, Any]
Progress = Callable[[int, int, int, float], None]  # epoch, step, steps, loss

_IMPRINTED = 12  # pictures a class: more would not move the mean enough to be worth the time
_ASKED_AGAIN = 128  # re-photographed pictures a catalogue is scored with after each epoch


@dataclass
class Position:
    """Where a run stands: the next step of the current epoch, and what that epoch has cost so far."""

    epoch: int = 0
    step: int = 0
    loss: float = 0.0
    seconds: float = 0.0


class Training:
    """One run. `network` holds the best weights when `run` returns, and `history` one record per epoch."""

    def __init__(
        self,
        network: EmbeddingNetwork,
        splits: Sequence[Split],
        plan: Plan,
        folder: Path,
        *,
        scaling: Scaling = SYMMETRIC,
        place: Workplace | None = None,
    ) -> None:
        torch.manual_seed(plan.seed)
        self.network, self.splits, self.plan = network, list(splits), plan
        self.scaling, self.place = scaling, place or Workplace()
        self.history: list[Epoch] = []
        self._path = folder / "checkpoint.pt"
        self._best: dict[str, Tensor] = {}
        self._at = Position()
        self._fingerprint = _fingerprint(network, splits, plan, self.place.count)
        spaces = [split.train for split in splits]
        self._views = _views(spaces, plan, scaling, self.place)
        self.learner = Learner(network, spaces, plan, self.place.has_bfloat16)
        self.learner.to(self.place.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._joined: nn.Module = self.learner
        span = plan.average * plan.epochs * self._views.steps()
        self._averaged = AveragedModel(self.learner, multi_avg_fn=_averaging(span), use_buffers=True).eval()
        self._optimiser = self._make_optimiser()
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, progress: Progress | None = None, report: Callable[[Epoch], None] | None = None) -> list[Epoch]:
        """Train to the end of the plan, or until `patience` epochs brought nothing; returns the history."""
        if not self._resume():
            self._imprint()
        while self._at.epoch < self.plan.epochs and not self._tired():
            self._train_epoch(progress or (lambda *_: None))
            record = self._finish_epoch()
            if report:
                report(record)
        self.keep(self._best or self.network.state_dict())
        self.network.eval()
        return self.history

    def keep(self, weights: Mapping[str, Tensor]) -> None:
        """Let these be the weights that are measured and saved."""
        for network in (self.network, self._average.network):
            network.load_state_dict(weights)

    def _train_epoch(self, progress: Progress) -> None:
        steps = self._views.steps()
        self.learner.begin(self._at.epoch)
        self._joined = self.place.joined(self.learner)  # anew, since what is frozen has changed
        for batch in self._views.epoch(self._at.epoch, self.plan.size(self._at.epoch), self._at.step):
            started = time.perf_counter()
            self._set_rate(self._at.epoch + self._at.step / steps)
            self._at.loss += self._learn(batch)
            self._at.seconds += time.perf_counter() - started
            self._at.step += 1
            progress(self._at.epoch, self._at.step, steps, self._at.loss / self._at.step)
            if self._at.step % self.plan.checkpoint_every == 0:
                self._save()

    def _learn(self, batch: ViewBatch) -> float:
        # Some bodies leave out paths by chance: which, follows from the position, so that a resumed run does the same.
        torch.manual_seed(hash((self.plan.seed, self._at.epoch, self._at.step, self.place.rank)))
        inputs = torch.from_numpy(batch.inputs).to(self.place.device, memory_format=torch.channels_last)
        known = (torch.from_numpy(each).to(self.place.device) for each in (batch.spaces, batch.labels, batch.things))
        loss = self._joined(inputs, *known)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self._optimiser.step()
        self._averaged.update_parameters(self.learner)
        return float(loss.detach())

    def _finish_epoch(self) -> Epoch:
        scores = self.place.told(self._scores() if self.place.leads else {})
        record = {
            "epoch": self._at.epoch,
            "size": self.plan.size(self._at.epoch),
            "loss": self._at.loss / self._views.steps(),
            "seconds": self._at.seconds,
            "scores": scores,
            "score": float(np.mean([next(iter(score.values())) for score in scores.values()])),
        }
        if all(record["score"] >= past["score"] for past in self.history):  # of equals, the one that learnt longest
            self._best = {name: value.clone() for name, value in self._average.network.state_dict().items()}
        self.history.append(record)
        self._at = Position(epoch=self._at.epoch + 1)
        self._save()
        return record

    def _scores(self) -> dict[str, dict[str, float]]:
        return {split.train.name: self._score(index, split) for index, split in enumerate(self.splits)}

    def _score(self, index: int, split: Split) -> dict[str, float]:
        embedder = self.embedder()
        if split.held_out is None:
            taken_again = rephotograph.measure(embedder, split.train, self.plan.seed, _ASKED_AGAIN)
            return {"taken_again_recall_at_1": taken_again.recall_at_1}
        vectors = torch.from_numpy(embed_space(embedder, split.held_out)).to(self.place.device)
        with torch.no_grad():
            predicted = self._average.heads[index](vectors).argmax(dim=1).cpu().numpy()
        return classification(predicted, split.held_out.labels)

    def embedder(self) -> Embedder:
        """The average as it stands, or the best when the run is over, seen as the shop will see through it."""
        card = plain_card("in training", self.network.projection.out_features, self.scaling)
        return Embedder(card, TorchRuntime(self._average.network, str(self.place.device)))

    @property
    def _average(self) -> Learner:
        return cast(Learner, self._averaged.module)

    def _imprint(self) -> None:
        embedder = self.embedder()
        for head, split in zip(self.learner.heads, self.splits, strict=True):
            some = split.train.subset(_first_of_each_class(split.train, _IMPRINTED))
            vectors = torch.from_numpy(embed_space(embedder, some, f"{some.name}: first look")).to(self.place.device)
            head.imprint(vectors, torch.from_numpy(some.labels).to(self.place.device))  # type: ignore[operator]

    def _tired(self) -> bool:
        if not self.history:
            return False
        best = int(np.argmax([record["score"] for record in self.history]))
        return len(self.history) - 1 - best >= self.plan.patience

    def _make_optimiser(self) -> torch.optim.Optimizer:
        rest = [*self.network.pooling.parameters(), *self.network.projection.parameters()]
        groups = [
            {"params": self.network.features[self.plan.frozen_blocks :].parameters(), "rate": self.plan.body_rate},
            {"params": rest, "rate": self.plan.body_rate},
            {"params": self.learner.heads.parameters(), "rate": self.plan.head_rate},
        ]
        if self.plan.optimizer == "adam":
            return torch.optim.Adam(groups, lr=self.plan.body_rate, fused=True)
        return torch.optim.AdamW(groups, lr=self.plan.body_rate, weight_decay=self.plan.weight_decay, fused=True)

    def _set_rate(self, position: float) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = group["rate"] * self.plan.rate(position)

    def _save(self) -> None:
        if not self.place.leads:
            return
        state = {
            "fingerprint": self._fingerprint,
            "network": self.network.state_dict(),
            "heads": self.learner.heads.state_dict(),
            "averaged": self._averaged.state_dict(),
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
        self.learner.heads.load_state_dict(state["heads"])
        self._averaged.load_state_dict(state["averaged"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._best, self.history, self._at = state["best"], state["history"], Position(**state["position"])
        return True


def _averaging(span: float) -> Callable[[Any, Any, Any], None]:
    """An exponential moving average over about so many steps."""
    average: Callable[[Any, Any, Any], None] = get_ema_multi_avg_fn(span / (1.0 + span))  # type: ignore[no-untyped-call]
    return average


def _first_of_each_class(space: LabelSpace, count: int) -> list[int]:
    order = np.argsort(space.labels, kind="stable")
    _, starts = np.unique(space.labels[order], return_index=True)
    return sorted(int(i) for part in np.split(order, starts[1:]) for i in part[:count])


def _views(spaces: Sequence[LabelSpace], plan: Plan, scaling: Scaling, place: Workplace) -> Views:
    # The fourth root of its size: a small catalogue must not drown, nor be shown until it is known by heart.
    shares = [len(space) ** 0.25 for space in spaces]
    return Views(
        spaces,
        shares,
        seed=plan.seed,
        batch=plan.batch,
        paired=plan.paired,
        strength=plan.strength,
        balance=plan.balance,
        scaling=scaling,
        rank=place.rank,
        ranks=place.count,
    )


def _fingerprint(network: EmbeddingNetwork, splits: Sequence[Split], plan: Plan, processes: int) -> str:
    digest = hashlib.sha256(repr((plan, processes, network.body)).encode())
    for value in network.state_dict().values():
        digest.update(value.numpy().tobytes())
    for split in splits:
        digest.update(repr((split.train.name, split.train.classes)).encode() + split.train.labels.tobytes())
        digest.update("\n".join(path.name for path in split.train.paths).encode())
    return digest.hexdigest()
