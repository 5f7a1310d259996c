"""Progress bars for long work."""

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def chunks_with_progress(items: Sequence[T], size: int, title: str) -> Iterator[Sequence[T]]:
    """Yield the items in chunks of `size`, with a progress bar if stderr is a terminal."""
    with tqdm(total=len(items), desc=title, unit="picture", disable=not sys.stderr.isatty()) as bar:
        for start in range(0, len(items), size):
            chunk = items[start : start + size]
            yield chunk
            bar.update(len(chunk))


def steps_with_progress(steps: int, title: str) -> Iterator[int]:
    """Count to `steps`, with a progress bar if stderr is a terminal."""
    yield from tqdm(range(steps), desc=title, unit="step", disable=not sys.stderr.isatty())
