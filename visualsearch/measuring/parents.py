"""The group that a class belongs to: from where its folder lies, or from a file."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from visualsearch.measuring.dataset import BadDataset


def parents_by_folder(classes: Sequence[str]) -> dict[str, str]:
    """The folder above each class; where that folder holds groups of classes too, the class is a group of its own.

    So `Fruit/Apple/Gala` belongs to `Fruit/Apple`, and `Fruit/Lime` beside it to itself. Empty where the folders say
    nothing: classes that lie in no folder, or all in the same one.
    """
    above = {name: PurePosixPath(name).parent for name in classes}
    holds_groups = {folder for parent in above.values() for folder in parent.parents}
    parents = {name: name if folder in holds_groups else str(folder) for name, folder in above.items()}
    nested = any(folder != PurePosixPath() for folder in above.values())
    return parents if nested and len(set(parents.values())) > 1 else {}


def read_parents(path: Path, classes: Sequence[str]) -> dict[str, str]:
    """The parent of each class from a CSV with the columns `class,parent`; see `match_classes` for the names.

    Raises BadDataset where a class has no parent, since a coarse figure over some of the classes would flatter.
    """
    named = {row["class"]: row["parent"] for row in read_rows(path, ("class", "parent"))}
    matched = match_classes(named, classes)
    parents = {classes[position]: named[name] for name, position in matched.items()}
    missing = [name for name in classes if not parents.get(name)]
    if missing:
        raise BadDataset(f"{path} names no parent for {', '.join(missing[:5])}.")
    return parents


def match_classes(names: Iterable[str], classes: Sequence[str]) -> dict[str, int]:
    """The position in `classes` of each name: by the whole name, or else by its last part where that is unique."""
    whole = {name: position for position, name in enumerate(classes)}
    last: dict[str, list[int]] = {}
    for position, name in enumerate(classes):
        last.setdefault(_last(name), []).append(position)
    found = {}
    for name in names:
        alike = last.get(_last(name), [])
        if name in whole:
            found[name] = whole[name]
        elif len(alike) == 1:
            found[name] = alike[0]
    return found


def read_groups(path: Path) -> dict[str, str]:
    """The category of each product, the last part of it, from a catalogue as `import_catalog` takes it."""
    named = {row["product"]: row["category"] for row in read_rows(path, ("product", "category")) if row["category"]}
    return {product: category.rsplit(">", 1)[-1].strip() for product, category in named.items()}


def read_rows(path: Path, columns: Sequence[str]) -> list[Mapping[str, str]]:
    """The rows of a CSV that has to have these columns. Raises BadDataset where it cannot be read or lacks one."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise BadDataset(f"{path} has no column {', '.join(missing)}.")
            return [{name: (value or "") for name, value in row.items() if isinstance(name, str)} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadDataset(f"{path} cannot be read as CSV: {error}") from error


def _last(name: str) -> str:
    return PurePosixPath(name).name
