"""Results as tables, for the terminal and for a page, and as plain values, for JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from visualsearch.measuring.bootstrap import CONFIDENCE, Interval
from visualsearch.measuring.comparison import Classification, Estimate, Result
from visualsearch.measuring.metrics import MACRO, RETRIEVAL, Metrics

_RETRIEVAL_HEADS = ("R@1", "R@5", "R@10", "MRR", "mAP", "nDCG@10")
_CLASSIFICATION = ("accuracy", *MACRO)


@dataclass(frozen=True)
class Table:
    """Rows of cells under column heads."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def as_text(self) -> str:
        """Return the table as aligned Markdown."""
        widths = [max(map(len, column)) for column in zip(self.heads, *self.rows, strict=True)]
        lines = [self.heads, ["-" * width for width in widths], *self.rows]
        padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
        return "\n".join(["| " + " | ".join(line) + " |" for line in padded])


def tables(results: Sequence[Result]) -> list[Table]:
    """Return all metrics of one trial: retrieval, classification, and each category."""
    found = [_retrieval(results)]
    if results[0].trial.by_class:
        found.append(_classification(results))
    return [*found, _categories(results)] if results[0].categories else found


def heading(results: Sequence[Result]) -> str:
    """Return the trial's title and size."""
    trial, compared = results[0].trial, results[0].metrics.gallery
    classes = len(set(trial.gallery.labels.tolist()))
    size = f"{len(trial.queries):,} queries, {compared:,} pictures of {classes:,} classes"
    return f"{trial.title} ({size}; in brackets the {CONFIDENCE:.0%} bootstrap interval)"


def notes(results: Sequence[Result]) -> list[str]:
    """Return worst queries, failures of customer photos, and the AUROC of sold against unsold products."""
    lines = [f"{each.method}: worst query {_worst_query(each)}." for each in results]
    if results[0].trial.by_customers:
        missed = failures_as_dicts(results[0])
        lines += [
            f"missed: {each['picture']} shows {each['wanted']}, but {each['found']} came first" for each in missed
        ]
    for each in results:
        if each.separation is not None:
            lines.append(f"{each.method}: AUROC of the top score, sold against not sold: {each.separation:.3f}.")
    return lines


def as_dict(results: Sequence[Result]) -> dict[str, Any]:
    """Return all metrics of one trial as plain values."""
    trial = results[0].trial
    return {
        "title": trial.title,
        "queries": len(trial.queries),
        "gallery": results[0].metrics.gallery,
        "classes": len(set(trial.gallery.labels.tolist())),
        "methods": [_method_as_dict(each) for each in results],
    }


def failures(result: Result) -> list[int]:
    """Return the queries whose class did not come first, the largest rank first, then the largest gap."""
    rankings = result.rankings
    wrong = [i for i in range(len(rankings)) if rankings.found[i] != rankings.wanted[i]]
    return sorted(wrong, key=lambda i: (-rankings.rank[i], -rankings.gap[i]))


def failures_as_dicts(result: Result, limit: int | None = None) -> list[dict[str, Any]]:
    """Return the failures as plain values, the worst first."""
    classes, rankings = result.trial.gallery.classes, result.rankings
    return [
        {
            "picture": result.trial.queries[i].path.name,
            "wanted": classes[rankings.wanted[i]],
            "found": classes[rankings.found[i]],
            "rank": None if rankings.right_position[i] < 0 else int(rankings.rank[i]),
            "gap": None if rankings.right_position[i] < 0 else round(float(rankings.gap[i]), 3),
        }
        for i in failures(result)[:limit]
    ]


def confusions(result: Result) -> list[tuple[str, str, int]]:
    """Count the pairs of actual and predicted class, by the nearest picture."""
    classes, rankings = result.trial.gallery.classes, result.rankings
    pairs = Counter(zip(rankings.wanted.tolist(), rankings.found.tolist(), strict=True))
    return [(classes[actual], classes[predicted], count) for (actual, predicted), count in sorted(pairs.items())]


def confusion_tables(result: Result, limit: int = 10) -> list[Table]:
    """Return one table of the classes most often confused, or none if there are no such classes."""
    wrong = [pair for pair in confusions(result) if pair[0] != pair[1]] if result.trial.by_class else []
    rows = [
        [actual, predicted, str(count)]
        for actual, predicted, count in sorted(wrong, key=lambda pair: -pair[2])[:limit]
    ]
    return (
        [Table(f"{result.method}: most often confused", ["actual class", "predicted class", "times"], rows)]
        if rows
        else []
    )


def _worst_query(result: Result) -> str:
    if not (worst := failures_as_dicts(result, 1)):
        return "none: the right class always came first"
    place = "not in the gallery" if worst[0]["rank"] is None else f"at rank {worst[0]['rank']}"
    return f"{worst[0]['picture']}: {worst[0]['wanted']} {place}; {worst[0]['found']} came first"


def _retrieval(results: Sequence[Result]) -> Table:
    rows = []
    for each in results:
        shares = [_cell(getattr(each.metrics, name), each.intervals[name]) for name in RETRIEVAL]
        worst = "none" if each.metrics.worst_rank == float("inf") else f"{each.metrics.worst_rank:.0f}"
        rows.append(
            [each.method, *shares, _estimate_cell(each.classifications[0].parents), worst, _estimate_cell(each.lead)]
        )
    heads = ["method", *_RETRIEVAL_HEADS, "parent right", "worst rank", "R@1 minus the first's"]
    return _drop_empty(Table("Retrieval", heads, rows))


def _classification(results: Sequence[Result]) -> Table:
    rows = []
    for each in results:
        for found in each.classifications:
            cells = [_estimate_cell(found.metrics[name]) for name in _CLASSIFICATION]
            rows.append([each.method, found.rule, *cells, _estimate_cell(found.parents)])
    heads = ["method", "classified by", *(name.replace("_", " ") for name in _CLASSIFICATION), "parent right"]
    return _drop_empty(Table("Classification", heads, rows))


def _categories(results: Sequence[Result]) -> Table:
    rows = [
        [name, str(metrics.queries), *(_recalls(each.categories[name]) for each in results)]
        for name, metrics in results[0].categories.items()
    ]
    return Table("By category: R@1 / R@5", ["category", "queries", *(each.method for each in results)], rows)


def _recalls(metrics: Metrics) -> str:
    return f"{metrics.recall_at_1:.3f} / {metrics.recall_at_5:.3f}"


def _drop_empty(table: Table) -> Table:
    used = [column for column in range(len(table.heads)) if any(row[column] for row in table.rows)]
    return Table(table.title, [table.heads[i] for i in used], [[row[i] for i in used] for row in table.rows])


def _estimate_cell(estimate: Estimate | None) -> str:
    return "" if estimate is None else _cell(estimate.value, estimate.interval)


def _cell(value: float, interval: Interval) -> str:
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _method_as_dict(result: Result) -> dict[str, Any]:
    return {
        "method": result.method,
        "metrics": result.metrics.as_dict(),
        "intervals": dict(result.intervals),
        "classifications": [_classification_as_dict(each) for each in result.classifications],
        "recall_at_1_minus_first": _estimate_as_dict(result.lead),
        "categories": {name: metrics.as_dict() for name, metrics in result.categories.items()},
        "auroc_sold_against_not_sold": result.separation,
        "failures": failures_as_dicts(result),
        "confusions": confusions(result) if result.trial.by_class else None,
    }


def _classification_as_dict(each: Classification) -> dict[str, Any]:
    metrics = {name: _estimate_as_dict(estimate) for name, estimate in each.metrics.items()}
    return {"rule": each.rule, **metrics, "parent_right": _estimate_as_dict(each.parents)}


def _estimate_as_dict(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else {"value": estimate.value, "interval": estimate.interval}
