"""What is asked of which pictures: labelled folders, studio pictures, views of a product, pictures taken again.

Each way of measuring comes down to queries with a right answer, and a gallery to find it in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from visualsearch.embedding.embedder import Picture
from visualsearch.embedding.preprocess import WHOLE, Region
from visualsearch.measuring.dataset import SUFFIXES, BadDataset, Labels, LabelSpace, Split
from visualsearch.measuring.metrics import with_siblings
from visualsearch.measuring.parents import match_classes
from visualsearch.measuring.rephotograph import take_again


@dataclass(frozen=True)
class Query:
    """A picture to look with: as it is, a part of it, or taken again by software from the seed `again`."""

    path: Path
    region: Region = WHOLE
    again: tuple[int, int] | None = None

    def picture(self) -> Picture:
        """Encoded as it lies there, or the picture taken again. Raises UnreadablePicture."""
        return self.path.read_bytes() if self.again is None else take_again(self.path, self.again)


@dataclass(frozen=True)
class Trial:
    """Queries with the class that each should find in the gallery, as a position among its classes.

    `hidden[i]` is the picture of the gallery that query i is, and is not compared with. `parents` groups the classes;
    `strangers` show what the gallery does not have. `by_class` says that the classes are what the data is about,
    so that a confusion matrix says something; `by_customers`, that the queries are customers' own photos.
    """

    title: str
    queries: tuple[Query, ...]
    wanted: Labels
    gallery: LabelSpace
    hidden: Labels | None = None
    parents: Mapping[str, str] = field(default_factory=dict)
    strangers: tuple[Query, ...] = ()
    by_class: bool = False
    by_customers: bool = False

    def limited(self, most: int | None, seed: int) -> "Trial":
        """The same trial with `most` queries, drawn by chance."""
        if most is None or len(self.queries) <= most:
            return self
        some = np.sort(np.random.default_rng(seed).permutation(len(self.queries))[:most])
        hidden = None if self.hidden is None else self.hidden[some]
        queries = tuple(self.queries[i] for i in some)
        title = f"{self.title}, {most} of {len(self.queries)}"
        return replace(self, title=title, queries=queries, wanted=self.wanted[some], hidden=hidden)


def across(split: Split, parents: Mapping[str, str]) -> Trial:
    """What is held out against what is trained on; where nothing is held out, each picture against all others."""
    if split.held_out is None:
        return leave_one_out(split.train, parents, by_class=True)
    queries = tuple(Query(path) for path in split.held_out.paths)
    title = f"{split.train.name}: held out to train"
    return Trial(title, queries, split.held_out.labels, split.train, parents=parents, by_class=True)


def leave_one_out(space: LabelSpace, parents: Mapping[str, str], by_class: bool = False) -> Trial:
    """Each picture against all others. Raises BadDataset where no class has two pictures."""
    asked = with_siblings(space.labels)
    if not len(asked):
        raise BadDataset(f"{space.name} has one picture a class: none can be left out and found again.")
    queries, wanted = tuple(Query(space.paths[i]) for i in asked), space.labels[asked]
    title = f"{space.name}: leaving one out"
    return Trial(title, queries, wanted, space, hidden=asked, parents=parents, by_class=by_class)


def to_studio(photos: LabelSpace, studio: LabelSpace, parents: Mapping[str, str]) -> Trial:
    """Each photo against the studio pictures of all its root's classes, whose folders or names say which is which.

    Raises BadDataset where a photo's class has no studio picture.
    """
    matched = match_classes(studio.classes, photos.classes)
    missing = [photos.classes[i] for i in np.unique(photos.labels) if i not in matched.values()]
    if missing:
        raise BadDataset(f"{studio.name} has no picture of {', '.join(missing[:5])}.")
    position = {index: matched[name] for index, name in enumerate(studio.classes) if name in matched}
    kept = [i for i, label in enumerate(studio.labels.tolist()) if label in position]
    labels = np.array([position[int(studio.labels[i])] for i in kept], dtype=np.int64)
    gallery = LabelSpace(studio.name, photos.classes, tuple(studio.paths[i] for i in kept), labels)
    queries = tuple(Query(path) for path in photos.paths)
    title = f"{photos.name}: photos to studio pictures"
    return Trial(title, queries, photos.labels, gallery, parents=parents, by_class=True)


def taken_again(space: LabelSpace, parents: Mapping[str, str], seed: int = 0) -> Trial:
    """Each picture, taken again by software, against all pictures as they are: needs no labels."""
    queries = tuple(Query(path, again=(seed, index)) for index, path in enumerate(space.paths))
    return Trial(f"{space.name}: taken again", queries, space.labels, space, parents=parents)


def read_unlabelled(root: Path) -> LabelSpace:
    """All pictures below a folder, each a class of its own. Raises BadDataset where there are none."""
    paths: Sequence[Path] = sorted(p for p in root.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not paths:
        raise BadDataset(f"{root} holds no pictures.")
    names = tuple(path.relative_to(root).as_posix() for path in paths)
    return LabelSpace(root.name, names, tuple(paths), np.arange(len(paths), dtype=np.int64))
