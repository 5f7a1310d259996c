"""A whole training run: folders and a start in; a network with its card, a report and curves out."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from visualsearch.embedding.card import Card, file_sha256, plain_card
from visualsearch.embedding.embedder import Embedder
from visualsearch.embedding.runtime_torch import TorchRuntime
from visualsearch.measuring import rephotograph
from visualsearch.measuring.dataset import BadDataset, Split
from visualsearch.measuring.metrics import Rows
from visualsearch.training import report
from visualsearch.training.answers import Answer, ask
from visualsearch.training.blend import blend
from visualsearch.training.export import Description, save
from visualsearch.training.held_out import check_enough
from visualsearch.training.join import join
from visualsearch.training.plan import WHITENING, Plan, TrainingError
from visualsearch.training.progress import EpochBar
from visualsearch.training.start import Start, go_on, load_start, read_weights
from visualsearch.training.train import Training
from visualsearch.training.workplace import Workplace

_OPTIMIZERS = {"adamw": "AdamW", "adam": "Adam"}


def train_network(
    splits: Sequence[Split],
    start: Path | str,
    folder: Path,
    plan: Plan,
    name: str,
    *,
    body: str | None = None,
    place: Workplace | None = None,
    share: float = 1.0,
) -> Card | None:
    """Train from `start` (see start.py) on the splits; everything is written to `folder`.

    What is kept lies a `share` of the way from the start's weights to those learnt, see blend.py.

    Run again with the same arguments it goes on where it was killed. The result is `folder/<name>.json` with the
    weights and the graph beside it, and a report. Of several processes the first returns the card, the others None.
    """
    place = place or Workplace()
    _check(splits, plan, place)
    begun = load_start(start, [split.train for split in splits], body)
    before = {name: value.clone() for name, value in begun.network.state_dict().items()}
    training = Training(begun.network, splits, plan, folder, scaling=begun.scaling, place=place)
    with EpochBar(plan.epochs, place.leads) as bar:
        history = training.run(bar.step, bar.epoch)
    if not place.leads:
        return None
    training.keep(blend(before, training.network.state_dict(), share))
    figures, answers = _measure(training.embedder(), splits)
    description = _description(name, begun, training, plan, figures, share)
    card = save(training.network.cpu(), description, folder / f"{name}.json")
    report.write(folder, card, history, figures, answers)
    return card


def join_network(
    splits: Sequence[Split], start: Path | str, beside: Path, folder: Path, name: str, whitening: float = WHITENING
) -> Card:
    """Lay the ImageNet body of the file `beside` next to the network of `start`, a card; see join.py.

    The result is `folder/<name>.json` with the weights and the graph beside it. Raises TrainingError.
    """
    begun = go_on(Path(start), None)
    try:
        classifier = read_weights(beside)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{beside}: {error}") from error
    paths = [path for split in splits for path in split.train.paths]
    network = join(begun.network, classifier, paths, whitening, begun.scaling)
    embedder = Embedder(plain_card(name, network.projection.out_features, begun.scaling), TorchRuntime(network))
    facts = {
        "started_from": begun.started_from,
        "previous": begun.previous,
        "beside": f"{beside.name}, sha256 {file_sha256(beside)}",
        "method": f"both bodies side by side, principal components, whitening {whitening}",
        "data": _data(splits),
    }
    threshold = _match_threshold(embedder, splits)
    described = Description(name, begun.licence, scaling=begun.scaling, match_threshold=threshold, training=facts)
    return save(network.cpu(), described, folder / f"{name}.json")


def _check(splits: Sequence[Split], plan: Plan, place: Workplace) -> None:
    check_enough(splits)
    names = [split.train.name for split in splits]
    if len(set(names)) < len(names):
        raise BadDataset(f"The folders {', '.join(names)} need different names: they tell their classes apart.")
    if plan.batch % place.count or plan.paired % place.count:
        raise TrainingError(f"{place.count} processes cannot share batches of {plan.batch} with {plan.paired} pairs.")


def _measure(embedder: Embedder, splits: Sequence[Split]) -> tuple[Rows, dict[str, list[Answer]]]:
    rows: Rows = []
    answers = {}
    for split in splits:
        figures, answers[split.train.name] = ask(embedder, split)
        rows += figures
    catalogues = [split.train for split in splits if split.held_out is None]
    rows += [(f"{space.name}: taken again", rephotograph.measure(embedder, space)) for space in catalogues]
    return rows, answers


def _match_threshold(embedder: Embedder, splits: Sequence[Split]) -> float:
    """The lowest threshold of the catalogues, or of all data where none of it is a catalogue."""
    catalogues = [split for split in splits if split.held_out is None] or splits
    return round(min(rephotograph.match_threshold(embedder, split.train) for split in catalogues), 3)


def _description(name: str, begun: Start, training: Training, plan: Plan, figures: Rows, share: float) -> Description:
    best = max(reversed(training.history), key=lambda record: record["score"])
    facts: dict[str, Any] = {
        "started_from": begun.started_from,
        "previous": begun.previous,
        "method": f"cosine softmax head per data set, NT-Xent between two views, {_OPTIMIZERS[plan.optimizer]}, "
        "cosine schedule",
        "data": _data(training.splits),
        "held_out": "never learnt from, but it chose the epoch: figures on it flatter the network a little",
        "epochs": len(training.history),
        "best_epoch": best["epoch"] + 1,
        "blend": share,
        "scores": best["scores"],
        "figures": {title: measured.as_row() for title, measured in figures},
        "plan": asdict(plan),
    }
    threshold = _match_threshold(training.embedder(), training.splits)
    return Description(name, begun.licence, scaling=begun.scaling, match_threshold=threshold, training=facts)


def _data(splits: Sequence[Split]) -> dict[str, dict[str, int]]:
    return {
        split.train.name: {
            "classes": len(split.train.classes),
            "pictures": len(split.train),
            "held_out_to_stop_on": len(split.held_out) if split.held_out else 0,
        }
        for split in splits
    }
