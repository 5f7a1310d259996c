"""What to measure, from what folders and files hold: the trials of one run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visualsearch.measuring import customer_photos, trials
from visualsearch.measuring.dataset import BadDataset, LabelSpace, Split, read_folder, read_split
from visualsearch.measuring.parents import parents_by_folder, read_groups, read_parents
from visualsearch.measuring.trials import Trial


@dataclass(frozen=True)
class Sources:
    """Where the pictures are. `roots` are labelled folders, of which `held_out` names the part that is asked with.

    `gallery` is a flat folder of a catalogue's pictures, `photos` and `truth` are customers' photos of it and
    `categories` its CSV; `studio` has a picture of each class of the roots, `parents` the groups of their classes;
    `unlabelled` is any folder of pictures; `rephotograph` has software take catalogue pictures again.
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


def read_trials(sources: Sources, most: int | None = None, seed: int = 0) -> list[Trial]:
    """All that can be asked of the sources, `most` queries each. Raises BadDataset where there is nothing to ask."""
    if sources.studio and not sources.roots:
        raise BadDataset("Studio pictures need labelled photos: name their folder as DATA.")
    found = [trial for root in sources.roots for trial in _of_root(root, sources)]
    found += _of_catalogue(sources)
    if sources.unlabelled is not None:
        found.append(trials.taken_again(trials.read_unlabelled(sources.unlabelled), {}, seed))
    if not found:
        raise BadDataset("Nothing to measure: name a labelled folder, --gallery or --unlabelled.")
    return [trial.limited(most, seed) for trial in found]


def _of_root(root: Path, sources: Sources) -> list[Trial]:
    split = _read_split(root, sources.held_out)
    parents = _read_parents(sources.parents, split.train)
    found = [trials.across(split, parents)]
    if sources.studio is not None:
        found.append(trials.to_studio(split.held_out or split.train, read_folder(sources.studio), parents))
    if sources.rephotograph and sources.gallery is None:
        found.append(trials.taken_again(split.train, parents))
    return found


def _read_split(root: Path, held_out: str | None) -> Split:
    if held_out is None:
        return read_split(root, 0.0)
    train = read_folder(root / "train", root.name)
    asked = read_folder(root / held_out, root.name)
    unknown = sorted({asked.classes[i] for i in np.unique(asked.labels)} - set(train.classes))
    if unknown:
        raise BadDataset(f"{root / held_out} holds classes that {root / 'train'} does not: {', '.join(unknown[:5])}.")
    return Split(train, read_folder(root / held_out, root.name, train.classes))


def _read_parents(path: Path | None, space: LabelSpace) -> Mapping[str, str]:
    return parents_by_folder(space.classes) if path is None else read_parents(path, space.classes)


def _of_catalogue(sources: Sources) -> list[Trial]:
    if (sources.photos or sources.truth) and not (sources.gallery and sources.photos and sources.truth):
        raise BadDataset("Photos need all three: --gallery, --photos and --truth.")
    if sources.gallery is None:
        return []
    catalogue = read_folder(sources.gallery, "catalogue")
    groups = read_groups(sources.categories) if sources.categories else {}
    found = _without_labels(catalogue, groups, sources)
    if sources.photos and sources.truth:
        truth = customer_photos.read_truth(sources.truth, sources.photos, catalogue)
        found += customer_photos.trials(catalogue, truth, groups)
    return found


def _without_labels(catalogue: LabelSpace, groups: Mapping[str, str], sources: Sources) -> list[Trial]:
    several = len(catalogue) > len(catalogue.classes)
    found = [trials.leave_one_out(catalogue, groups)] if several else []
    return [*found, trials.taken_again(catalogue, groups)] if sources.rephotograph else found
