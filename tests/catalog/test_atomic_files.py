"""Atomic file writes."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from catalog.atomic_files import atomic_write, atomic_write_text

KILLED = """
import os, signal, sys
from pathlib import Path
from catalog.atomic_files import atomic_write
with atomic_write(Path(sys.argv[1])) as file:
    file.write(b"half of it")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_failure_keeps_the_old_file_and_leaves_no_other(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), atomic_write(path) as file:
        file.writelines([b"half of it", None])  # type: ignore[list-item]  # what makes the write fail
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"prices.csv": b"old"}


def test_killed_process_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, path], cwd=settings.BASE_DIR, check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"


def test_new_files_get_default_permissions_and_old_ones_keep_theirs(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.touch()
    old.chmod(0o640)
    (tmp_path / "usual").touch()
    for path in (new, old):
        with atomic_write_text(path) as file:
            file.write("Ω\r\n")
    assert new.read_bytes() == "Ω\r\n".encode()
    assert stat.S_IMODE(new.stat().st_mode) == stat.S_IMODE((tmp_path / "usual").stat().st_mode)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def test_symbolic_link_is_kept(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.touch()
    link.symlink_to(target)
    with atomic_write(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_device_is_written_directly() -> None:
    with atomic_write(Path(os.devnull)) as file:
        file.write(b"new")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
