"""Parents: the coarser groups that classes belong to, read from their folders or from a file."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from visualsearch.measuring.dataset import BadDataset


def parents_from_folders(classes: Sequence[str]) -> dict[str, str]:
    """Return the folder above each class, or the class itself if that folder also holds groups of classes.

    So the parent of `Fruit/Apple/Gala` is `Fruit/Apple`, and `Fruit/Lime` beside it is its own parent. The result is
    empty if no class has a folder above it, or if all have the same one.
    """
    above = {name: PurePosixPath(name).parent for name in classes}
    group_folders = {folder for parent in above.values() for folder in parent.parents}
    parents = {name: name if folder in group_folders else str(folder) for name, folder in above.items()}
    nested = any(folder != PurePosixPath() for folder in above.values())
    return parents if nested and len(set(parents.values())) > 1 else {}


def read_parents(path: Path, classes: Sequence[str]) -> dict[str, str]:
    """Read the parent of each class from a CSV with the columns `class,parent`; `match_classes` matches the names.

    Raises BadDataset if a class has no parent: a metric over the other classes alone would be too high.
    """
    named = {row["class"]: row["parent"] for row in read_rows(path, ("class", "parent"))}
    matched = match_classes(named, classes)
    parents = {classes[position]: named[name] for name, position in matched.items()}
    missing = [name for name in classes if not parents.get(name)]
    if missing:
        raise BadDataset(f"{path} has no parent for {', '.join(missing[:5])}.")
    return parents


def match_classes(names: Iterable[str], classes: Sequence[str]) -> dict[str, int]:
    """Map names to indexes of `classes`: by the full name, or by its last part if that is unique."""
    full = {name: position for position, name in enumerate(classes)}
    last: dict[str, list[int]] = {}
    for position, name in enumerate(classes):
        last.setdefault(_last_part(name), []).append(position)
    found = {}
    for name in names:
        candidates = last.get(_last_part(name), [])
        if name in full:
            found[name] = full[name]
        elif len(candidates) == 1:
            found[name] = candidates[0]
    return found


def read_categories(path: Path) -> dict[str, str]:
    """Read the category of each product, its last level, from a CSV in the format of `import_catalog`."""
    named = {row["product"]: row["category"] for row in read_rows(path, ("product", "category")) if row["category"]}
    return {product: category.rsplit(">", 1)[-1].strip() for product, category in named.items()}


def read_rows(path: Path, columns: Sequence[str]) -> list[Mapping[str, str]]:
    """Read the rows of a CSV. Raises BadDataset if it cannot be read or lacks one of the columns."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise BadDataset(f"{path} has no column {', '.join(missing)}.")
            return [{name: (value or "") for name, value in row.items() if isinstance(name, str)} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadDataset(f"{path} cannot be read as CSV: {error}") from error


def _last_part(name: str) -> str:
    return PurePosixPath(name).name
