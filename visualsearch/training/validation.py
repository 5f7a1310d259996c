"""Check that data can be trained on, and hold out labelled photos for early stopping."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from visualsearch.embedding.card import file_sha256
from visualsearch.measuring.dataset import BadDataset, LabelSpace, Split, read_folder


def hold_out(splits: Sequence[Split], folder: Path) -> list[Split]:
    """Return the splits with the photos of `folder` held out; its class folders are named like their classes.

    Training pictures with the same bytes as one of the photos are dropped. Raises BadDataset if the folder has no
    class of any split.
    """
    changed = [_hold_out(split, folder) for split in splits]
    if all(new is old for new, old in zip(changed, splits, strict=True)):
        known = sorted({name for split in splits for name in split.train.classes})
        raise BadDataset(f"{folder} has no folder named like a class, such as {', '.join(known[:5])}.")
    return changed


def check_splits(splits: Sequence[Split]) -> None:
    """Raise BadDataset for a label space with fewer than two classes, or for two with the same name."""
    names = [split.train.name for split in splits]
    if len(set(names)) < len(names):
        raise BadDataset(f"The folders {', '.join(names)} need different names.")
    for space in (split.train for split in splits):
        count = len(np.unique(space.labels))
        if count < 2:
            raise BadDataset(
                f"{space.name} has {count} class(es) of pictures. Training needs at least 2, and works well with ten "
                "or more pictures of each."
            )


def _hold_out(split: Split, folder: Path) -> Split:
    try:
        photos = read_folder(folder, split.train.name, split.train.classes)
    except BadDataset:
        if not folder.is_dir():
            raise
        return split
    return Split(_drop_duplicates(split.train, photos), photos)


def _drop_duplicates(space: LabelSpace, photos: LabelSpace) -> LabelSpace:
    sizes = {path.stat().st_size for path in photos.paths}  # files of other sizes need no hash
    hashes = {file_sha256(path) for path in photos.paths}
    duplicate = [path.stat().st_size in sizes and file_sha256(path) in hashes for path in space.paths]
    return space.subset(np.flatnonzero(~np.array(duplicate)))
