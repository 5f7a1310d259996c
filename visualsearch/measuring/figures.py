"""A comparison as tables, for the terminal and for a page, and as plain values, for JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from visualsearch.measuring.bootstrap import SHARE, Interval
from visualsearch.measuring.comparison import Classified, Result, Share
from visualsearch.measuring.metrics import MACRO, SHARES, Measured

_HEADS = dict(zip(SHARES, ("R@1", "R@5", "R@10", "MRR", "mAP", "nDCG@10"), strict=True))
_CLASSIFIED = ("accuracy", *MACRO)


@dataclass(frozen=True)
class Table:
    """Rows of cells under their heads."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def as_text(self) -> str:
        """In plain text that is Markdown as well."""
        widths = [max(map(len, column)) for column in zip(self.heads, *self.rows, strict=True)]
        lines = [self.heads, ["-" * width for width in widths], *self.rows]
        padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
        return "\n".join(["| " + " | ".join(line) + " |" for line in padded])


def tables(results: Sequence[Result]) -> list[Table]:
    """All figures of one trial: what was found, what it was taken for, and each category."""
    found = [_retrieval(results)]
    if results[0].trial.by_class:
        found.append(_classification(results))
    return [*found, _categories(results)] if results[0].categories else found


def heading(results: Sequence[Result]) -> str:
    """What was asked of what."""
    trial, compared = results[0].trial, results[0].measured.gallery
    classes = len(set(trial.gallery.labels.tolist()))
    asked = f"{len(trial.queries):,} queries, {compared:,} pictures of {classes:,} classes"
    return f"{trial.title} ({asked}; in brackets the {SHARE:.0%} bootstrap interval)"


def notes(results: Sequence[Result]) -> list[str]:
    """What else is to be said of a trial: its worst queries, and how well what is not sold is told apart."""
    lines = [f"{each.method}: worst query {worst_query(each)}." for each in results]
    if results[0].trial.by_customers:
        missed = as_misses(results[0])
        lines += [f"missed: {each['picture']} shows {each['wanted']}, first was {each['found']}" for each in missed]
    apart = [(each.method, each.separation) for each in results if each.separation is not None]
    return lines + [f"{name}: AUROC of the best score, sold against not sold: {value:.3f}." for name, value in apart]


def worst_query(result: Result) -> str:
    """The query whose class came last, as a sentence."""
    miss = as_misses(result, 1)
    if not miss:
        return "none: all were found first"
    place = "not in the gallery" if miss[0]["rank"] is None else f"came {miss[0]['rank']}."
    return f"{miss[0]['picture']}: {miss[0]['wanted']} {place}, first was {miss[0]['found']}"


def as_facts(results: Sequence[Result]) -> dict[str, Any]:
    """All figures of one trial as plain values."""
    trial = results[0].trial
    return {
        "title": trial.title,
        "queries": len(trial.queries),
        "gallery": results[0].measured.gallery,
        "classes": len(set(trial.gallery.labels.tolist())),
        "methods": [_method_facts(each) for each in results],
    }


def as_misses(result: Result, most: int | None = None) -> list[dict[str, Any]]:
    """The queries whose class did not come first, the worst first."""
    classes = result.trial.gallery.classes
    return [
        {
            "picture": result.trial.queries[i].path.name,
            "wanted": classes[result.answers.wanted[i]],
            "found": classes[result.answers.found[i]],
            "rank": None if result.answers.position_of_right[i] < 0 else int(result.answers.rank[i]),
            "gap": None if result.answers.position_of_right[i] < 0 else round(float(result.answers.gap[i]), 3),
        }
        for i in misses(result)[:most]
    ]


def misses(result: Result) -> list[int]:
    """The queries whose class did not come first: those behind most classes first, then the widest gaps."""
    answers = result.answers
    wrong = [i for i in range(len(answers)) if answers.found[i] != answers.wanted[i]]
    return sorted(wrong, key=lambda i: (-answers.rank[i], -answers.gap[i]))


def confusions(result: Result) -> list[tuple[str, str, int]]:
    """Which class was taken for which by the nearest picture, and how often; what is right included."""
    classes, answers = result.trial.gallery.classes, result.answers
    pairs = Counter(zip(answers.wanted.tolist(), answers.found.tolist(), strict=True))
    return [(classes[wanted], classes[found], count) for (wanted, found), count in sorted(pairs.items())]


def confused(result: Result, most: int = 10) -> list[Table]:
    """The pairs of classes that were taken for each other most often; no table where there are none."""
    wrong = [pair for pair in confusions(result) if pair[0] != pair[1]] if result.trial.by_class else []
    often = sorted(wrong, key=lambda pair: -pair[2])[:most]
    rows = [[wanted, found, str(count)] for wanted, found, count in often]
    return (
        [Table(f"{result.method}: most often taken for another", ["wanted", "found", "times"], rows)] if rows else []
    )


def _retrieval(results: Sequence[Result]) -> Table:
    rows = []
    for each in results:
        shares = [_cell(getattr(each.measured, name), each.intervals[name]) for name in SHARES]
        rank = "none" if each.measured.worst_rank == float("inf") else f"{each.measured.worst_rank:.0f}"
        lead = "" if each.lead is None else _cell(each.lead.value, each.lead.interval)
        parents = each.classified[0].parents
        rows.append([each.method, *shares, "" if parents is None else _share_cell(parents), rank, lead])
    heads = ["method", *_HEADS.values(), "parent right", "worst rank", "R@1 less the first's"]
    return _without_empty(Table("Found", heads, rows))


def _classification(results: Sequence[Result]) -> Table:
    rows = []
    for each in results:
        for way in each.classified:
            shares = [_share_cell(way.figures[name]) for name in _CLASSIFIED]
            rows.append([each.method, way.by, *shares, "" if way.parents is None else _share_cell(way.parents)])
    heads = ["method", "classified by", *(name.replace("_", " ") for name in _CLASSIFIED), "parent right"]
    return _without_empty(Table("Classified", heads, rows))


def _categories(results: Sequence[Result]) -> Table:
    groups = results[0].categories
    rows = [
        [name, str(groups[name].queries), *(_recalls(each.categories[name]) for each in results)] for name in groups
    ]
    return Table("By category: R@1 / R@5", ["category", "queries", *(each.method for each in results)], rows)


def _recalls(measured: Measured) -> str:
    return f"{measured.recall_at_1:.3f} / {measured.recall_at_5:.3f}"


def _without_empty(table: Table) -> Table:
    used = [column for column in range(len(table.heads)) if any(row[column] for row in table.rows)]
    return Table(table.title, [table.heads[i] for i in used], [[row[i] for i in used] for row in table.rows])


def _share_cell(share: Share) -> str:
    return _cell(share.value, share.interval)


def _cell(value: float, interval: Interval) -> str:
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _method_facts(result: Result) -> dict[str, Any]:
    return {
        "method": result.method,
        "figures": result.measured.as_row(),
        "intervals": dict(result.intervals),
        "classified": [_classified_facts(way) for way in result.classified],
        "recall_at_1_less_the_first": None if result.lead is None else _share_facts(result.lead),
        "categories": {name: measured.as_row() for name, measured in result.categories.items()},
        "auroc_sold_against_not_sold": result.separation,
        "misses": as_misses(result),
        "confusion": confusions(result) if result.trial.by_class else None,
    }


def _classified_facts(way: Classified) -> dict[str, Any]:
    shares = {name: _share_facts(share) for name, share in way.figures.items()}
    return {"by": way.by, **shares, "parent_right": None if way.parents is None else _share_facts(way.parents)}


def _share_facts(share: Share) -> dict[str, Any]:
    return {"value": share.value, "interval": share.interval}
