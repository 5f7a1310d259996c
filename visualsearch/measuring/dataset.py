"""Labelled pictures from folders: what is in them, what is held out, and the decoded pictures in memory.

Two layouts are understood. A folder of class folders, nested as deep as one likes: the class of a picture is the path
of its folder below the root. And a flat folder of a shop's catalogue pictures named `<product>-<number>.jpg`: the
class is the product. A root that holds `train` and `val` (or `validation`) is taken as already split.

Every root is a label space of its own: the same word under two roots may mean two things.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int64]

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".bmp", ".gif", ".tif", ".tiff"}
_CATALOGUE_NAME = re.compile(r"^(?P<product>.+)-\d+$")
_HELD_OUT_NAMES = ("val", "validation")


class BadDataset(ValueError):
    """The folder holds nothing that can be learnt from or measured on; the message says why."""


@dataclass(frozen=True)
class LabelSpace:
    """The pictures of one root. `labels[i]` is the position of picture i's class in `classes`.

    `products[i]` says which product picture i is a view of, by a number of its own, where that is known.
    """

    name: str
    classes: tuple[str, ...]
    paths: tuple[Path, ...]
    labels: Labels
    products: Labels | None = None

    def __len__(self) -> int:
        return len(self.paths)

    def subset(self, positions: Sequence[int] | npt.NDArray[np.int64]) -> "LabelSpace":
        """The same classes with some of the pictures."""
        chosen = np.asarray(positions, dtype=np.int64)
        products = None if self.products is None else self.products[chosen]
        return LabelSpace(self.name, self.classes, tuple(self.paths[i] for i in chosen), self.labels[chosen], products)


@dataclass(frozen=True)
class Split:
    """What is learnt from, and what is held out to stop on; a catalogue of few views a product holds none out."""

    train: LabelSpace
    held_out: LabelSpace | None


def read_split(root: Path, held_out_share: float = 0.1, seed: int = 0) -> Split:
    """The pictures of a root, split as its folders say, or else by chance with every class kept in training."""
    if (root / "train").is_dir():
        train = read_folder(root / "train", root.name)
        held = next((root / name for name in _HELD_OUT_NAMES if (root / name).is_dir()), None)
        return Split(train, read_folder(held, root.name, train.classes) if held else None)
    space = read_folder(root)
    positions = _chosen_to_hold_out(space, held_out_share, seed)
    if not len(positions):
        return Split(space, None)
    return Split(space.subset(np.setdiff1d(np.arange(len(space)), positions)), space.subset(positions))


def read_folder(root: Path, name: str | None = None, classes: Sequence[str] | None = None) -> LabelSpace:
    """All pictures of a root in a stable order. With `classes`, pictures of other classes are left out.

    Raises BadDataset when there are no pictures, or when their classes cannot be told from their places.
    """
    if not root.is_dir():
        raise BadDataset(f"{root} is not a folder.")
    paths = sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    label_of = _label_reader(root, paths)
    named = [(path, label_of(path)) for path in paths]
    known = sorted({label for _, label in named}) if classes is None else list(classes)
    position = {label: index for index, label in enumerate(known)}
    kept = [(path, position[label]) for path, label in named if label in position]
    if not kept:
        raise BadDataset(f"{root} holds no pictures of known classes.")
    labels = np.array([label for _, label in kept], dtype=np.int64)
    return LabelSpace(name or root.name, tuple(known), tuple(path for path, _ in kept), labels)


def is_catalogue(space: LabelSpace) -> bool:
    """Whether there are too few pictures a class to hold some out: a catalogue's views rather than examples."""
    return len(space) < 4 * len(space.classes)


def unreadable(paths: Iterable[Path], read: Callable[[Path], object]) -> list[str]:
    """Read every picture once; the sentences about those that cannot be read, each with its path."""
    complaints = []
    for path in paths:
        try:
            read(path)
        except ValueError as error:
            complaints.append(f"{path}: {error}")
    return complaints


def _label_reader(root: Path, paths: Sequence[Path]) -> Callable[[Path], str]:
    flat = [path.parent == root for path in paths]
    if not any(flat):
        return lambda path: path.parent.relative_to(root).as_posix()
    if not all(flat):
        raise BadDataset(f"{root} holds pictures beside folders of pictures: their classes cannot be told.")
    return _catalogue_label


def _catalogue_label(path: Path) -> str:
    match = _CATALOGUE_NAME.match(path.stem)
    if match is None:
        raise BadDataset(
            f"{path} is not named <product>-<number>: a flat folder must name the product of each picture."
        )
    return match["product"]


def _chosen_to_hold_out(space: LabelSpace, share: float, seed: int) -> Labels:
    if share <= 0.0 or is_catalogue(space):
        return np.empty(0, dtype=np.int64)
    random = np.random.default_rng(seed)
    chosen = []
    for label in range(len(space.classes)):
        members = np.flatnonzero(space.labels == label)
        chosen.append(random.permutation(members)[: int(len(members) * share + 0.5)])
    return np.sort(np.concatenate(chosen)).astype(np.int64)
