"""Write files of this machine whole or not at all, whatever ends the process and however full the disk is."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TextIO

UNFINISHED = ".part"


@contextmanager
def atomic_write(path: Path, mode: int | None = None) -> Iterator[IO[bytes]]:
    """Give a file to write into, and put it in the place of `path` once all of it is on the disk.

    Until then, and for good where something fails, `path` is what it was. `mode` is that of the file before where
    there is one, and else what the process gives to new files. A device or a pipe is written to as it is.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as device:
            yield device
        return
    path = path.resolve()  # a link stays a link
    name = f".{path.name[:100]}."
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=name, suffix=UNFINISHED, delete=False) as file:
        try:
            yield file
            file.flush()
            os.fchmod(file.fileno(), mode if mode is not None else _mode_for(path))
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise
    _sync_folder(path.parent)


@contextmanager
def atomic_write_text(path: Path) -> Iterator[TextIO]:
    """`atomic_write` for UTF-8 text; lines end as they are written."""
    with atomic_write(path) as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="")
        yield text
        text.detach()  # writes what is left, and leaves the file open


def _mode_for(path: Path) -> int:
    if path.exists():
        return path.stat().st_mode & 0o777
    umask = os.umask(0o022)  # can only be read by setting it
    os.umask(umask)
    return 0o666 & ~umask


def _sync_folder(folder: Path) -> None:
    """Make the rename survive a power cut, where the file system lets a folder be synced."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
