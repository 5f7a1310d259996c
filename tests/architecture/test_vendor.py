"""Third-party files in static/vendor are unmodified and state version and licence."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, files

FOLDERS = sorted({ROOT / path.relative_to(ROOT).parents[-4] for path in files("static/vendor/*")})
ROW = re.compile(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", re.MULTILINE)


def test_there_are_vendored_folders() -> None:
    assert FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_vendored_folder_states_its_version_and_licence(folder: Path) -> None:
    assert re.match(r"# .+ \d+\.\d+\.\d+\n", (folder / "README.md").read_text())
    assert "Permission is hereby granted" in (folder / "LICENSE").read_text()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_vendored_files_match_their_hashes(folder: Path) -> None:
    stated = dict(ROW.findall((folder / "README.md").read_text()))
    found = {path.name: path for path in folder.iterdir() if path.name not in ("README.md", "LICENSE")}
    assert {name: digest(path) for name, path in found.items()} == stated


def digest(path: Path) -> str:
    data = path.read_bytes()
    return hashlib.sha256(gzip.decompress(data) if path.suffix == ".gz" else data).hexdigest()
