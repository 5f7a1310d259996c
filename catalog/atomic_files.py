"""Atomic file writes: complete or not at all, even if the process is killed or the disk is full."""

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
    """Yield a temporary file and rename it to `path` once its contents are on disk.

    If anything fails, `path` is unchanged. `mode` defaults to that of the existing file, or else to that of new
    files. Devices and pipes are written directly.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as device:
            yield device
        return
    path = path.resolve()  # keep symbolic links
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
    """`atomic_write` for UTF-8 text, without newline translation."""
    with atomic_write(path) as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="")
        yield text
        text.detach()  # flushes, and leaves the file open


def _mode_for(path: Path) -> int:
    if path.exists():
        return path.stat().st_mode & 0o777
    umask = os.umask(0o022)  # the umask can only be read by setting it
    os.umask(umask)
    return 0o666 & ~umask


def _sync_folder(folder: Path) -> None:
    """Sync the folder, if the file system can, so that the rename survives a power cut."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
