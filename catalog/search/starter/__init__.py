"""The starter set of synonyms: text files, one group on a line, loaded into the table.

    couch = sofa = settee              all mean the same
    teacup > cup, mug                  whoever searches for the first also finds the others
    Kissen, Polster = cushion, pillow  in a file of another language: translations, both ways

A file belongs to the language that its name begins with. Text after # is a comment.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
LANGUAGES = {"english": "en", "german": "de", "french": "fr"}


class StarterGroup(NamedTuple):
    """The values of a synonym, and the line that they come from."""

    line: str
    words: str
    synonyms: str
    kind: str
    language: str


def groups() -> Iterator[StarterGroup]:
    """Return the groups of all files."""
    seen = set()
    for file in sorted(FOLDER.glob("*.txt")):
        language = LANGUAGES[file.stem.partition("_")[0]]
        for text in file.read_text(encoding="utf-8").splitlines():
            line = " ".join(text.partition("#")[0].split())
            if line and (key := f"{language}: {line}") not in seen:
                seen.add(key)
                yield _group(key, line, language)


def _group(key: str, line: str, language: str) -> StarterGroup:
    if ">" in line:
        words, synonyms = line.split(" > ")
        return StarterGroup(key, words, synonyms, "broader", language)
    words, *others = line.split(" = ")
    if not others:
        raise ValueError(f"The line {line!r} of the starter set has only one side.")
    return StarterGroup(key, words, ", ".join(others), "same" if language == "en" else "translation", language)
