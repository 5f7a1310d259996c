"""Several methods on the same trials: every figure with its interval, and what each query was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from visualsearch.measuring.bootstrap import RESAMPLES, Interval, mean_intervals
from visualsearch.measuring.dataset import Labels
from visualsearch.measuring.methods import Memory, Method
from visualsearch.measuring.metrics import (
    Measured,
    auroc,
    classification,
    classification_intervals,
    measure,
    measure_intervals,
)
from visualsearch.measuring.ranking import Answers, answer, by_class_means
from visualsearch.measuring.trials import Query, Trial


@dataclass(frozen=True)
class Share:
    """A figure with its 95 % bootstrap interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class Classified:
    """Classes told from pictures; `by` says how. `parents` is the share whose parent was right, if any."""

    by: str
    figures: Mapping[str, Share]
    parents: Share | None


@dataclass(frozen=True)
class Result:
    """One method on one trial. `lead` is its R@1 less that of the trial's first method, query by query."""

    method: str
    trial: Trial
    answers: Answers
    measured: Measured
    intervals: Mapping[str, Interval]
    classified: tuple[Classified, ...]
    categories: Mapping[str, Measured]
    separation: float | None
    lead: Share | None = None


@dataclass(frozen=True)
class Luck:
    """What the bootstrap draws from."""

    seed: int = 0
    resamples: int = RESAMPLES

    def share(self, values: Sequence[float] | Labels) -> Share:
        """The mean of one value a query."""
        column = np.asarray(values, dtype=np.float64)[:, None]
        return Share(float(column.mean()), mean_intervals(column, self.seed, self.resamples)[0])


def compare(methods: Sequence[Method], trials: Sequence[Trial], luck: Luck) -> list[list[Result]]:
    """For each trial the results of all methods, in order. Raises BadDataset for pictures that cannot be read."""
    by_method = []
    for method in methods:
        memory = Memory(method)  # one at a time: what a method saw of all pictures may be large
        by_method.append([run(method, memory, trial, luck) for trial in trials])
    return [_with_leads(results, luck) for results in zip(*by_method, strict=True)]


def run(method: Method, memory: Memory, trial: Trial, luck: Luck) -> Result:
    """One method on one trial."""
    labels = trial.gallery.labels
    gallery = memory.looks([Query(path) for path in trial.gallery.paths], "gallery")
    queries = memory.looks(trial.queries, trial.title)
    nearness = method.index(gallery)
    answers = answer(nearness, queries, trial.wanted, labels, trial.hidden)
    told = [("nearest picture", answers.found)]
    if method.has_vectors and trial.by_class and len(labels) > len(np.unique(labels)):
        told.append(("nearest class mean", by_class_means(queries, trial.wanted, gallery, labels, trial.hidden)))
    separation = None
    if trial.strangers:
        strangers = nearness(memory.looks(trial.strangers, "not sold")).max(axis=1)
        separation = auroc(answers.score, strangers.astype(np.float64))
    compared = len(labels) - (trial.hidden is not None)
    return Result(
        method=method.name,
        trial=trial,
        answers=answers,
        measured=measure(answers, compared),
        intervals=measure_intervals(answers, luck.seed, luck.resamples),
        classified=tuple(_classified(by, found, trial, luck) for by, found in told),
        categories=_by_category(answers, trial, compared),
        separation=separation,
    )


def _classified(by: str, found: Labels, trial: Trial, luck: Luck) -> Classified:
    figures = classification(found, trial.wanted)
    spread = classification_intervals(found, trial.wanted, luck.seed, luck.resamples)
    shares = {name: Share(value, spread[name]) for name, value in figures.items()}
    parents = _parent_of_each(trial)
    right = None if parents is None else luck.share(parents[found] == parents[trial.wanted])
    return Classified(by, shares, right)


def _parent_of_each(trial: Trial) -> Labels | None:
    """A number for the parent of each class; one of its own for a class without."""
    if not trial.parents:
        return None
    names = [trial.parents.get(name) or f"\0{name}" for name in trial.gallery.classes]
    return np.unique(names, return_inverse=True)[1]


def _by_category(answers: Answers, trial: Trial, compared: int) -> dict[str, Measured]:
    named = np.array([trial.parents.get(name, "") for name in trial.gallery.classes])[answers.wanted]
    groups = sorted({group for group in named.tolist() if group})
    return {group: measure(answers[np.flatnonzero(named == group)], compared) for group in groups}


def _with_leads(results: Sequence[Result], luck: Luck) -> list[Result]:
    first = results[0]
    ours = (first.answers.rank == 1).astype(np.float64)
    rest = [(other, luck.share((other.answers.rank == 1) - ours)) for other in results[1:]]
    return [first, *(replace(other, lead=lead) for other, lead in rest)]
