"""Turn folders and files into trials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visualsearch.embedding.preprocess import WHOLE
from visualsearch.measuring import trials
from visualsearch.measuring.customer_photos import customer_trials, dots_trial, read_truth
from visualsearch.measuring.dataset import BadDataset, LabelSpace, Split, read_folder, read_split
from visualsearch.measuring.parents import parents_from_folders, read_categories, read_parents
from visualsearch.measuring.trials import Trial
from visualsearch.regions.finder import Finder


@dataclass(frozen=True)
class Sources:
    """Where the pictures are.

    `roots` are labelled folders, `held_out` the folder beside their `train` to query with, `studio` has studio
    pictures of their classes and `parents` the parents of these. `gallery` is a flat folder of catalogue pictures,
    `photos` and `truth` are customer photos of its products, `categories` is the catalogue's CSV, and `rephotograph`
    adds trials with rephotographed pictures. `unlabelled` is any folder of pictures.
    """

    roots: Sequence[Path] = ()
    held_out: str | None = None
    studio: Path | None = None
    parents: Path | None = None
    gallery: Path | None = None
    photos: Path | None = None
    truth: Path | None = None
    categories: Path | None = None
    unlabelled: Path | None = None
    rephotograph: bool = False


def read_trials(sources: Sources, limit: int | None = None, seed: int = 0) -> list[Trial]:
    """Return all trials of the sources, with at most `limit` queries each. Raises BadDataset if there are none."""
    if sources.studio and not sources.roots:
        raise BadDataset("Studio pictures need labelled photos: give their folder as DATA.")
    found = [trial for root in sources.roots for trial in _labelled_trials(root, sources)]
    found += _catalogue_trials(sources)
    if sources.unlabelled is not None:
        found.append(trials.rephotographed(trials.read_unlabelled(sources.unlabelled), {}, seed))
    if not found:
        raise BadDataset("Nothing to measure: give a labelled folder, --gallery or --unlabelled.")
    return [trial.sample(limit, seed) for trial in found]


def _labelled_trials(root: Path, sources: Sources) -> list[Trial]:
    split = _read_split(root, sources.held_out)
    parents = _read_parents(sources.parents, split.train)
    found = [trials.held_out(split, parents)]
    if sources.studio is not None:
        found.append(trials.studio(split.held_out or split.train, read_folder(sources.studio), parents))
    if sources.rephotograph and sources.gallery is None:
        found.append(trials.rephotographed(split.train, parents))
    return found


def _read_split(root: Path, held_out: str | None) -> Split:
    if held_out is None:
        return read_split(root, 0.0)
    train = read_folder(root / "train", root.name)
    queries = read_folder(root / held_out, root.name)
    unknown = sorted({queries.classes[i] for i in np.unique(queries.labels)} - set(train.classes))
    if unknown:
        raise BadDataset(f"{root / held_out} has classes that {root / 'train'} lacks: {', '.join(unknown[:5])}.")
    return Split(train, read_folder(root / held_out, root.name, train.classes))


def _read_parents(path: Path | None, space: LabelSpace) -> Mapping[str, str]:
    return parents_from_folders(space.classes) if path is None else read_parents(path, space.classes)


def _catalogue_trials(sources: Sources) -> list[Trial]:
    if (sources.photos or sources.truth) and not (sources.gallery and sources.photos and sources.truth):
        raise BadDataset("Customer photos need all three: --gallery, --photos and --truth.")
    if sources.gallery is None:
        return []
    catalogue = read_folder(sources.gallery, "catalogue")
    categories = read_categories(sources.categories) if sources.categories else {}
    found = []
    if len(catalogue) > len(catalogue.classes):
        found.append(trials.leave_one_out(catalogue, categories))
    if sources.rephotograph:
        found.append(trials.rephotographed(catalogue, categories))
    if sources.photos and sources.truth:
        truth = read_truth(sources.truth, sources.photos, catalogue)
        by_customers = customer_trials(catalogue, truth, categories)
        found += by_customers
        found += [dots_trial(trial, Finder.load()) for trial in by_customers if trial.queries[0].region != WHOLE]
    return found
