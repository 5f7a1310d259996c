"""Trials: queries with right answers, and a gallery to find them in. Every measurement is one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from visualsearch.embedding.embedder import Picture
from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.measuring.dataset import BadDataset, Labels, LabelSpace, Split, find_pictures
from visualsearch.measuring.parents import match_classes
from visualsearch.measuring.rephotograph import rephotograph_file


@dataclass(frozen=True)
class Query:
    """A picture to search with: whole, a region of it, or rephotographed with a seed."""

    path: Path
    region: Region = WHOLE
    rephotograph_seed: tuple[int, int] | None = None

    def picture(self) -> Picture:
        """Return the file's bytes, or the rephotographed picture. Raises UnreadablePicture."""
        if self.rephotograph_seed is None:
            return self.path.read_bytes()
        return rephotograph_file(self.path, self.rephotograph_seed)


@dataclass(frozen=True)
class Trial:
    """Queries, each with the class to find in the gallery, as an index of its classes.

    `hidden[i]` is query i itself in the gallery, which is left out of its results. `parents` groups the classes;
    `not_sold` are queries whose product the gallery lacks. `by_class`: the classes are the subject, so a confusion
    matrix is meaningful. `by_customers`: the queries are customer photos.
    """

    title: str
    queries: tuple[Query, ...]
    wanted: Labels
    gallery: LabelSpace
    hidden: Labels | None = None
    parents: Mapping[str, str] = field(default_factory=dict)
    not_sold: tuple[Query, ...] = ()
    by_class: bool = False
    by_customers: bool = False

    def sample(self, size: int | None, seed: int) -> "Trial":
        """Return the trial with a random sample of its queries, or with all if there are no more than `size`."""
        if size is None or len(self.queries) <= size:
            return self
        positions = np.sort(np.random.default_rng(seed).permutation(len(self.queries))[:size])
        hidden = None if self.hidden is None else self.hidden[positions]
        queries = tuple(self.queries[i] for i in positions)
        title = f"{self.title}, {size} of {len(self.queries)}"
        return replace(self, title=title, queries=queries, wanted=self.wanted[positions], hidden=hidden)


def held_out(split: Split, parents: Mapping[str, str]) -> Trial:
    """Search the training pictures with those held out, or, if there are none, with each other."""
    if split.held_out is None:
        return leave_one_out(split.train, parents, by_class=True)
    queries = tuple(Query(path) for path in split.held_out.paths)
    title = f"{split.train.name}: held out to train"
    return Trial(title, queries, split.held_out.labels, split.train, parents=parents, by_class=True)


def leave_one_out(space: LabelSpace, parents: Mapping[str, str], by_class: bool = False) -> Trial:
    """Search all other pictures with each. Raises BadDataset if no class has two pictures."""
    positions = np.flatnonzero(np.bincount(space.labels)[space.labels] > 1)
    if not len(positions):
        raise BadDataset(f"{space.name} has one picture per class; leaving one out needs at least two.")
    queries, wanted = tuple(Query(space.paths[i]) for i in positions), space.labels[positions]
    title = f"{space.name}: leave one out"
    return Trial(title, queries, wanted, space, hidden=positions, parents=parents, by_class=by_class)


def studio(photos: LabelSpace, pictures: LabelSpace, parents: Mapping[str, str]) -> Trial:
    """Search the studio pictures of the photos' classes, matched by folder or name, with each photo.

    Raises BadDataset if a photo's class has no studio picture.
    """
    matched = match_classes(pictures.classes, photos.classes)
    missing = [photos.classes[i] for i in np.unique(photos.labels) if i not in matched.values()]
    if missing:
        raise BadDataset(f"{pictures.name} has no picture of {', '.join(missing[:5])}.")
    position = {index: matched[name] for index, name in enumerate(pictures.classes) if name in matched}
    usable = [i for i, label in enumerate(pictures.labels.tolist()) if label in position]
    labels = np.array([position[int(pictures.labels[i])] for i in usable], dtype=np.int64)
    gallery = LabelSpace(pictures.name, photos.classes, tuple(pictures.paths[i] for i in usable), labels)
    queries = tuple(Query(path) for path in photos.paths)
    title = f"{photos.name}: photos to studio pictures"
    return Trial(title, queries, photos.labels, gallery, parents=parents, by_class=True)


def rephotographed(space: LabelSpace, parents: Mapping[str, str], seed: int = 0) -> Trial:
    """Search all pictures with each of them, rephotographed. Needs no labels."""
    queries = tuple(Query(path, rephotograph_seed=(seed, index)) for index, path in enumerate(space.paths))
    return Trial(f"{space.name}: rephotographed", queries, space.labels, space, parents=parents)


def read_unlabelled(root: Path) -> LabelSpace:
    """Read all pictures below a folder, each a class of its own. Raises BadDataset if there are none."""
    paths = find_pictures(root)
    if not paths:
        raise BadDataset(f"{root} has no pictures.")
    names = tuple(path.relative_to(root).as_posix() for path in paths)
    return LabelSpace(root.name, names, tuple(paths), np.arange(len(paths), dtype=np.int64))
