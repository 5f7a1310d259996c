"""Labelled photos to stop on that the owner chose, kept apart from what is learnt from."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from visualsearch.measuring.dataset import BadDataset, LabelSpace, Split, read_folder


def stop_on(splits: Sequence[Split], folder: Path) -> list[Split]:
    """The splits with the photos of `folder`, class folders, held out wherever the classes have the same names.

    Photos that are among the pictures to learn from, byte for byte, are taken out there. Raises BadDataset where the
    folder holds no class of any split.
    """
    stopped = [_with(split, folder) for split in splits]
    if all(new is old for new, old in zip(stopped, splits, strict=True)):
        known = sorted({name for split in splits for name in split.train.classes})
        raise BadDataset(f"{folder} has no folder that is called like a class, such as {', '.join(known[:5])}.")
    return stopped


def check_enough(splits: Sequence[Split]) -> None:
    """Raise BadDataset for a label space that nothing can be learnt from."""
    for space in (split.train for split in splits):
        count = len(np.unique(space.labels))
        if count < 2:
            raise BadDataset(
                f"{space.name} has {count} class(es) of pictures. At least 2 are needed to learn what tells them "
                "apart, and ten or more pictures of each to learn it well."
            )


def _with(split: Split, folder: Path) -> Split:
    try:
        photos = read_folder(folder, split.train.name, split.train.classes)
    except BadDataset:
        if not folder.is_dir():
            raise
        return split
    return Split(_without(split.train, photos), photos)


def _without(space: LabelSpace, photos: LabelSpace) -> LabelSpace:
    sizes = {path.stat().st_size for path in photos.paths}  # hashes only what may be the same
    known = {_sha256(path) for path in photos.paths}
    same = (path.stat().st_size in sizes and _sha256(path) in known for path in space.paths)
    return space.subset([index for index, is_same in enumerate(same) if not is_same])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
