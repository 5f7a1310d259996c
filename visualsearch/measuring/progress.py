"""Progress bars for long work over many things."""

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def chunks_with_progress(things: Sequence[T], size: int, title: str) -> Iterator[Sequence[T]]:
    """The things in runs of `size`; a bar on the terminal counts them, and nothing is printed elsewhere."""
    with tqdm(total=len(things), desc=title, unit="pic", disable=not sys.stderr.isatty()) as bar:
        for start in range(0, len(things), size):
            chunk = things[start : start + size]
            yield chunk
            bar.update(len(chunk))
