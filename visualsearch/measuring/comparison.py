"""Compare methods on the same trials: every metric with its interval, and the ranking of every query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from visualsearch.measuring.bootstrap import RESAMPLES, Interval, mean_intervals
from visualsearch.measuring.dataset import Labels
from visualsearch.measuring.methods import DescriptorCache, Method
from visualsearch.measuring.metrics import (
    Metrics,
    auroc,
    classification,
    classification_intervals,
    compute_metrics,
    metric_intervals,
)
from visualsearch.measuring.ranking import Rankings, nearest_class_mean, rank
from visualsearch.measuring.trials import Query, Trial


@dataclass(frozen=True)
class Estimate:
    """A metric with its 95% bootstrap interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class Classification:
    """Metrics of classification by `rule`; `parents` is the share of queries with the right parent."""

    rule: str
    metrics: Mapping[str, Estimate]
    parents: Estimate | None


@dataclass(frozen=True)
class Result:
    """One method on one trial. `lead` is its R@1 minus that of the first method, paired by query."""

    method: str
    trial: Trial
    rankings: Rankings
    metrics: Metrics
    intervals: Mapping[str, Interval]
    classifications: tuple[Classification, ...]
    categories: Mapping[str, Metrics]
    separation: float | None
    lead: Estimate | None = None


@dataclass(frozen=True)
class Bootstrap:
    """The random draws of all intervals."""

    seed: int = 0
    resamples: int = RESAMPLES

    def estimate_mean(self, values: Sequence[float] | Labels) -> Estimate:
        """Return the mean of one value per query."""
        column = np.asarray(values, dtype=np.float64)[:, None]
        return Estimate(float(column.mean()), mean_intervals(column, self.seed, self.resamples)[0])


def compare(methods: Sequence[Method], trials: Sequence[Trial], bootstrap: Bootstrap) -> list[list[Result]]:
    """Return for each trial the results of all methods. Raises BadDataset for unreadable pictures."""
    by_method = []
    for method in methods:
        cache = DescriptorCache(method)  # one method at a time: the descriptors of all pictures may be large
        by_method.append([_run(method, cache, trial, bootstrap) for trial in trials])
    return [_add_leads(results, bootstrap) for results in zip(*by_method, strict=True)]


def _run(method: Method, cache: DescriptorCache, trial: Trial, bootstrap: Bootstrap) -> Result:
    labels = trial.gallery.labels
    gallery = cache.describe([Query(path) for path in trial.gallery.paths], "gallery")
    queries = cache.describe(trial.queries, trial.title)
    score = method.index(gallery)
    rankings = rank(score, queries, trial.wanted, labels, trial.hidden)
    predictions = [("nearest picture", rankings.found)]
    if method.has_vectors and trial.by_class and len(labels) > len(np.unique(labels)):
        predictions.append(("nearest class mean", nearest_class_mean(queries, gallery, labels, trial.hidden)))
    separation = None
    if trial.not_sold:
        others = score(cache.describe(trial.not_sold, "not sold")).max(axis=1)
        separation = auroc(rankings.score, others.astype(np.float64))
    compared = len(labels) - (trial.hidden is not None)
    return Result(
        method=method.name,
        trial=trial,
        rankings=rankings,
        metrics=compute_metrics(rankings, compared),
        intervals=metric_intervals(rankings, bootstrap.seed, bootstrap.resamples),
        classifications=tuple(_classify(rule, found, trial, bootstrap) for rule, found in predictions),
        categories=_by_category(rankings, trial, compared),
        separation=separation,
    )


def _classify(rule: str, found: Labels, trial: Trial, bootstrap: Bootstrap) -> Classification:
    intervals = classification_intervals(found, trial.wanted, bootstrap.seed, bootstrap.resamples)
    metrics = {name: Estimate(value, intervals[name]) for name, value in classification(found, trial.wanted).items()}
    parents = _parent_labels(trial)
    right = None if parents is None else bootstrap.estimate_mean(parents[found] == parents[trial.wanted])
    return Classification(rule, metrics, right)


def _parent_labels(trial: Trial) -> Labels | None:
    """Return a label for the parent of each class; a class without a parent gets its own."""
    if not trial.parents:
        return None
    names = [trial.parents.get(name) or f"\0{name}" for name in trial.gallery.classes]
    return np.unique(names, return_inverse=True)[1]


def _by_category(rankings: Rankings, trial: Trial, compared: int) -> dict[str, Metrics]:
    named = np.array([trial.parents.get(name, "") for name in trial.gallery.classes])[rankings.wanted]
    categories = sorted({category for category in named.tolist() if category})
    return {each: compute_metrics(rankings[np.flatnonzero(named == each)], compared) for each in categories}


def _add_leads(results: Sequence[Result], bootstrap: Bootstrap) -> list[Result]:
    first = (results[0].rankings.rank == 1).astype(np.float64)
    others = [(each, bootstrap.estimate_mean((each.rankings.rank == 1) - first)) for each in results[1:]]
    return [results[0], *(replace(each, lead=lead) for each, lead in others)]
