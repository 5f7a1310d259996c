"""Labelled pictures from folders.

Two layouts are supported: a folder of class folders, nested to any depth, where a picture's class is the path of its
folder below the root; and a flat folder of catalogue pictures named `<product>-<number>.jpg`, where the class is the
product. A root with the folders `train` and `val` (or `validation`) is already split.

Each root is a label space of its own: a class name under two roots may mean two things.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visualsearch.embedding.embedder import Embedder, Vectors
from visualsearch.measuring.progress import chunks_with_progress

Labels = npt.NDArray[np.int64]

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".bmp", ".gif", ".tif", ".tiff"}
_CATALOGUE_NAME = re.compile(r"^(?P<product>.+)-\d+$")
_VALIDATION_FOLDERS = ("val", "validation")


class BadDataset(ValueError):
    """The pictures cannot be trained on or measured with; the message says why."""


@dataclass(frozen=True)
class LabelSpace:
    """The pictures of one root. `labels[i]` is the index in `classes` of picture i's class.

    `products[i]` identifies the product in picture i, if it is known.
    """

    name: str
    classes: tuple[str, ...]
    paths: tuple[Path, ...]
    labels: Labels
    products: Labels | None = None

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def is_catalogue(self) -> bool:
        """True if classes have too few pictures to hold any out, like the products of a catalogue."""
        return len(self) < 4 * len(self.classes)

    def subset(self, positions: Sequence[int] | npt.NDArray[np.int64]) -> "LabelSpace":
        """Return the pictures at these positions, with all classes."""
        rows = np.asarray(positions, dtype=np.int64)
        products = None if self.products is None else self.products[rows]
        return LabelSpace(self.name, self.classes, tuple(self.paths[i] for i in rows), self.labels[rows], products)


@dataclass(frozen=True)
class Split:
    """Pictures to train on, and pictures held out for validation; a catalogue holds none out."""

    train: LabelSpace
    held_out: LabelSpace | None


def read_split(root: Path, held_out_share: float = 0.1, seed: int = 0) -> Split:
    """Read the split of a root's folders, or hold out a random share of each class."""
    if (root / "train").is_dir():
        train = read_folder(root / "train", root.name)
        validation = next((root / name for name in _VALIDATION_FOLDERS if (root / name).is_dir()), None)
        return Split(train, read_folder(validation, root.name, train.classes) if validation else None)
    space = read_folder(root)
    positions = _draw_held_out(space, held_out_share, seed)
    if not len(positions):
        return Split(space, None)
    return Split(space.subset(np.setdiff1d(np.arange(len(space)), positions)), space.subset(positions))


def read_folder(root: Path, name: str | None = None, classes: Sequence[str] | None = None) -> LabelSpace:
    """Read all pictures of a root in a stable order; with `classes`, skip pictures of other classes.

    Raises BadDataset if there are no pictures, or if the layout is neither of these.
    """
    if not root.is_dir():
        raise BadDataset(f"{root} is not a folder.")
    paths = find_pictures(root)
    label_of = _label_reader(root, paths)
    labelled = [(path, label_of(path)) for path in paths]
    known = sorted({label for _, label in labelled}) if classes is None else list(classes)
    index = {label: position for position, label in enumerate(known)}
    selected = [(path, index[label]) for path, label in labelled if label in index]
    if not selected:
        raise BadDataset(f"{root} has no pictures of known classes.")
    labels = np.array([label for _, label in selected], dtype=np.int64)
    return LabelSpace(name or root.name, tuple(known), tuple(path for path, _ in selected), labels)


def find_pictures(root: Path) -> list[Path]:
    """Return all picture files below a folder, sorted."""
    return sorted(path for path in root.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file())


def embed_space(embedder: Embedder, space: LabelSpace, title: str = "") -> Vectors:
    """Return the vectors (n, dimensions) of all pictures, with a progress bar."""
    chunks = chunks_with_progress(space.paths, 64, title or space.name)
    return np.concatenate([embedder.embed([path.read_bytes() for path in chunk]) for chunk in chunks])


def _label_reader(root: Path, paths: Sequence[Path]) -> Callable[[Path], str]:
    flat = [path.parent == root for path in paths]
    if not any(flat):
        return lambda path: path.parent.relative_to(root).as_posix()
    if not all(flat):
        raise BadDataset(f"{root} mixes pictures and folders of pictures. Use one layout or the other.")
    return _catalogue_label


def _catalogue_label(path: Path) -> str:
    match = _CATALOGUE_NAME.match(path.stem)
    if match is None:
        raise BadDataset(f"{path} is not named <product>-<number>, as pictures in a flat folder must be.")
    return match["product"]


def _draw_held_out(space: LabelSpace, share: float, seed: int) -> Labels:
    if share <= 0.0 or space.is_catalogue:
        return np.empty(0, dtype=np.int64)
    random = np.random.default_rng(seed)
    drawn = []
    for label in range(len(space.classes)):
        members = np.flatnonzero(space.labels == label)
        drawn.append(random.permutation(members)[: int(len(members) * share + 0.5)])
    return np.sort(np.concatenate(drawn)).astype(np.int64)
