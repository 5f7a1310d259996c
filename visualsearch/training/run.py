"""Complete runs: from folders of pictures and initial weights to a network with its card and report."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from visualsearch.embedding.card import Card, file_sha256, plain_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.runtime_torch import TorchRuntime
from visualsearch.measuring import trials
from visualsearch.measuring.comparison import Bootstrap, Result, compare
from visualsearch.measuring.dataset import Split
from visualsearch.measuring.methods import VectorMethod
from visualsearch.measuring.page import Section
from visualsearch.measuring.rephotograph import match_threshold
from visualsearch.training.export import Description, save
from visualsearch.training.initialisation import (
    InitialNetwork,
    load_card,
    load_initial,
    pooled_features,
    read_weights,
)
from visualsearch.training.join import join
from visualsearch.training.plan import WHITENING, Plan, TrainingError
from visualsearch.training.principal_axes import align
from visualsearch.training.process import Process
from visualsearch.training.progress import EpochProgress
from visualsearch.training.projection import MAX_PICTURES, fit_projection, paired_features
from visualsearch.training.projection_curves import watch
from visualsearch.training.report import write_report
from visualsearch.training.trainer import Trainer
from visualsearch.training.validation import check_splits

_OPTIMIZERS = {"adamw": "AdamW", "adam": "Adam"}


@dataclass(frozen=True)
class TrainingResult:
    """The card of a trained network, and the sections of its report page."""

    card: Card
    sections: Sequence[Section]


def train_network(
    splits: Sequence[Split],
    initial: Path | str,
    folder: Path,
    plan: Plan,
    name: str,
    *,
    body: str | None = None,
    process: Process | None = None,
    share: float = 1.0,
) -> TrainingResult | None:
    """Train from `initial` (see initialisation.py) and write `<name>.json`, weights, graph and report to the folder.

    The saved weights lie a `share` of the way from the initial to the trained ones. Calling it again resumes a
    killed run. Of several processes only the first returns a result. Raises BadDataset and TrainingError.
    """
    process = process or Process()
    check_splits(splits)
    if plan.batch % process.world_size or plan.paired % process.world_size:
        raise TrainingError(
            f"{process.world_size} processes cannot share batches of {plan.batch} with {plan.paired} pairs."
        )
    start = load_initial(initial, [split.train for split in splits], body)
    before = {key: value.clone() for key, value in start.network.state_dict().items()}
    trainer = Trainer(start.network, splits, plan, folder, scaling=start.scaling, process=process)
    with EpochProgress(plan.epochs, process.is_first) as progress:
        history = trainer.run(progress.step, progress.epoch)
    if not process.is_first:
        return None
    trainer.set_weights(interpolate(before, trainer.network.state_dict(), share))
    results = _measure(name, trainer.embedder(), splits, plan.seed)
    description = _describe(name, start, trainer, results, share)
    network = trainer.network.cpu()
    paths = [path for split in splits for path in split.train.paths]
    description = replace(description, spread=align(network, pooled_features(network, paths, start.scaling)))
    card = save(network, description, folder / f"{name}.json")
    return TrainingResult(card, write_report(folder, card, history, results))


def interpolate(initial: Mapping[str, Tensor], trained: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Return the weights a `share` of the way from `initial` (0) to `trained` (1); counters come from `trained`.

    Fine-tuning forgets some of what the initial network knew; a network in between knows both (Wortsman et al. 2022,
    "Robust Fine-Tuning of Zero-Shot Models", arXiv:2109.01903).
    """
    return {
        name: torch.lerp(initial[name].to(value), value, share) if value.is_floating_point() else value
        for name, value in trained.items()
    }


def join_network(
    splits: Sequence[Split], initial: Path | str, beside: Path, folder: Path, name: str, whitening: float = WHITENING
) -> Card:
    """Join the ImageNet body in the file `beside` to the network of the card `initial`, see join.py.

    Writes `<name>.json`, weights and graph to the folder. Raises TrainingError.
    """
    start = load_card(Path(initial))
    try:
        classifier = read_weights(beside)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{beside}: {error}") from error
    paths = [path for split in splits for path in split.train.paths]
    network, spread = join(start.network, classifier, paths, whitening, start.scaling)
    embedder = Embedder(plain_card(name, network.projection.out_features, start.scaling), TorchRuntime(network))
    facts = {
        "started_from": start.started_from,
        "previous": start.previous,
        "beside": f"{beside.name}, sha256 {file_sha256(beside)}",
        "method": f"both bodies side by side, principal components, whitening {whitening}",
        "data": _summarise(splits),
    }
    threshold = _lowest_threshold(embedder, splits)
    description = Description(
        name, start.licence, scaling=start.scaling, match_threshold=threshold, training=facts, spread=spread
    )
    return save(network.cpu(), description, folder / f"{name}.json")


def refit_network(
    splits: Sequence[Split], initial: Path | str, folder: Path, name: str, *, limit: int = MAX_PICTURES, seed: int = 0
) -> Card:
    """Fit the projection of the network of a card anew, see projection.py.

    Writes `<name>.json`, weights, graph and `curves.png` to the folder. Raises TrainingError.
    """
    start = load_card(Path(initial))
    network, spaces = start.network.eval(), [split.train for split in splits]
    pairs = paired_features(network, spaces, start.scaling, limit, seed)
    history = watch(network, splits, pairs, start.scaling)
    fit_projection(network, pairs, seed, history.record)
    spread = align(network, pairs.pictures.astype(np.float64))
    facts = {
        "started_from": start.started_from,
        "previous": start.previous,
        "method": "a new projection: discriminant components of pictures and their photos, then contrast",
        "data": _summarise(splits),
        "pictures": len(pairs.pictures),
        "history": history.epochs,
    }
    embedder = Embedder(plain_card(name, network.projection.out_features, start.scaling), TorchRuntime(network))
    description = Description(
        name,
        start.licence,
        scaling=start.scaling,
        match_threshold=_lowest_threshold(embedder, splits),
        training=facts,
        spread=spread,
    )
    card = save(network.cpu(), description, folder / f"{name}.json")
    history.draw(folder / "curves.png")
    return card


def _measure(name: str, embedder: Embedder, splits: Sequence[Split], seed: int) -> list[list[Result]]:
    found = []
    for split in splits:
        if split.held_out or len(split.train) > len(split.train.classes):
            found.append(trials.held_out(split, {}))
        if split.held_out is None:
            found.append(trials.rephotographed(split.train, {}))
    return compare([VectorMethod(name, embedder)], found, Bootstrap(seed))


def _lowest_threshold(embedder: Embedder, splits: Sequence[Split]) -> float:
    """Return the lowest match threshold of the catalogues, or of all data if none of it is a catalogue."""
    catalogues = [split for split in splits if split.held_out is None] or splits
    return round(min(match_threshold(embedder, split.train) for split in catalogues), 3)


def _describe(
    name: str, start: InitialNetwork, trainer: Trainer, results: Sequence[Sequence[Result]], share: float
) -> Description:
    best = max(reversed(trainer.history), key=lambda record: record["score"])
    facts: dict[str, Any] = {
        "started_from": start.started_from,
        "previous": start.previous,
        "method": "cosine softmax head per data set, NT-Xent between two views, "
        f"{_OPTIMIZERS[trainer.plan.optimizer]}, cosine schedule",
        "data": _summarise(trainer.splits),
        "held_out": "never trained on, but used to choose the epoch, so its figures are slightly too high",
        "epochs": len(trainer.history),
        "best_epoch": best["epoch"] + 1,
        "blend": share,
        "scores": best["scores"],
        "figures": {each.trial.title: each.metrics.as_dict() for (each,) in results},
        "plan": asdict(trainer.plan),
    }
    threshold = _lowest_threshold(trainer.embedder(), trainer.splits)
    return Description(name, start.licence, scaling=start.scaling, match_threshold=threshold, training=facts)


def _summarise(splits: Sequence[Split]) -> dict[str, dict[str, int]]:
    return {
        split.train.name: {
            "classes": len(split.train.classes),
            "pictures": len(split.train),
            "held_out_to_stop_on": len(split.held_out) if split.held_out else 0,
        }
        for split in splits
    }
