"""The file of a backup: a ZIP archive that is not compressed, with a manifest that names every other member.

Whatever is wrong with such a file is found before anything of it is used. Members are read as bytes and never unpacked
under names of their own; the names must be those that the shop itself would give.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

FORMAT = 1
KIND = "semblance backup"
MANIFEST, DATABASE = "manifest.json", "database.dump"
MEDIA = "media/"
FILE_NAME = re.compile(r"media/(products|renditions)/[0-9a-f]{2}/[0-9a-f]{64}[\w.-]*\.(jpg|png|webp|avif)", re.ASCII)
LARGEST_MANIFEST, LARGEST_FILE = 2**28, 2**28
CHUNK = 2**20

OnMember = Callable[[str], None]


class BadArchive(Exception):
    """The file is no backup that can be trusted; the message is a sentence that says why."""


@dataclass
class Writer:
    """Writes members one after the other and notes their checksums."""

    archive: ZipFile
    members: dict[str, dict[str, Any]] = field(default_factory=dict)

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """Give a file to write the member into."""
        with self.archive.open(_entry(name), "w", force_zip64=True) as file:
            noted = _Noting(file)
            yield noted  # type: ignore[misc]
        self.members[name] = {"size": noted.size, "sha256": noted.digest.hexdigest()}

    def add(self, name: str, data: bytes) -> None:
        """Write a member at once."""
        with self.member(name) as file:
            file.write(data)

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Write the manifest."""
        manifest = {"kind": KIND, "format": FORMAT, **facts, "members": self.members}
        self.archive.writestr(_entry(MANIFEST), json.dumps(manifest, indent=1) + "\n")


class _Noting:
    """A file that notes size and hash of what is written into it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.size, self.digest = file, 0, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self.digest.update(data)
        return self.file.write(data)


@contextmanager
def write_archive(file: IO[bytes]) -> Iterator[Writer]:
    """Write an archive into the open file."""
    with ZipFile(file, "w", ZIP_STORED, allowZip64=True) as archive:
        yield Writer(archive)


class Archive:
    """An archive whose names and sizes fit its manifest; `check` compares the bytes, too."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self.manifest = _manifest(archive)
        self.members: Mapping[str, Mapping[str, Any]] = self.manifest["members"]
        for info in archive.infolist():
            _check_entry(info, self.members)
        names = [info.filename for info in archive.infolist()]
        if sorted(names) != sorted({*self.members, MANIFEST}):
            raise BadArchive(_("It does not hold the files that its manifest names. Use another copy of the backup."))

    @property
    def files(self) -> list[str]:
        """The members that are files of the storage."""
        return sorted(name for name in self.members if name != DATABASE)

    def open(self, name: str) -> IO[bytes]:
        """Open a member. Whoever reads what was not checked finds out about damage at its end at the earliest."""
        return self._archive.open(name)

    def read(self, name: str) -> bytes:
        """Return a member's bytes."""
        return self._archive.read(name)

    def check(self, on_member: OnMember = lambda _name: None) -> None:
        """Compare all bytes with the checksums. Raises BadArchive."""
        for name, said in self.members.items():
            digest = hashlib.sha256()
            with _readable(), self.open(name) as file:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
            if digest.hexdigest() != said["sha256"]:
                raise BadArchive(_("%(name)s in it is damaged. Use another copy of the backup.") % {"name": name})
            on_member(name)


@contextmanager
def open_archive(file: Path | IO[bytes]) -> Iterator[Archive]:
    """Open a backup to be read. Raises BadArchive, and OSError where the file cannot be opened."""
    with _readable():
        opened = ZipFile(file)
    with opened:
        with _readable():
            archive = Archive(opened)
        yield archive


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (BadArchive, OSError):
        raise
    except BadZipFile as error:
        raise BadArchive(_("It is not a backup, or only part of one. Use another copy.")) from error
    except Exception as error:  # a hostile archive makes the reader raise nearly anything
        raise BadArchive(_("It cannot be read as a backup: %(error)s") % {"error": error}) from error


def _manifest(archive: ZipFile) -> dict[str, Any]:
    try:
        info = archive.getinfo(MANIFEST)
    except KeyError as error:
        raise BadArchive(_("It is no backup of this shop: there is no manifest in it.")) from error
    if info.file_size > LARGEST_MANIFEST or info.compress_type != ZIP_STORED:
        raise BadArchive(_("It is no backup of this shop: its manifest is none."))
    manifest = json.loads(archive.read(info))
    if not isinstance(manifest, dict) or manifest.get("kind") != KIND:
        raise BadArchive(_("It is no backup of this shop: its manifest is none."))
    if manifest.get("format") != FORMAT:
        raise BadArchive(_("It was written by another version of the shop, in a form that this one cannot read."))
    if DATABASE not in manifest["members"]:
        raise BadArchive(_("There is no database in it. Use another copy of the backup."))
    return manifest


def _check_entry(info: ZipInfo, members: Mapping[str, Mapping[str, Any]]) -> None:
    name = info.filename
    if name not in (MANIFEST, DATABASE) and not FILE_NAME.fullmatch(name):
        raise BadArchive(
            _("There is a file of a strange name in it: %(name)s. Nothing was restored.") % {"name": ascii(name)}
        )
    is_plain = info.compress_type == ZIP_STORED and not info.flag_bits & 1 and info.file_size == info.compress_size
    if not is_plain or stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        raise BadArchive(_("%(name)s in it is no plain file. Nothing was restored.") % {"name": name})
    if name == MANIFEST:
        return
    if name not in members or members[name]["size"] != info.file_size:
        raise BadArchive(_("%(name)s in it is not as long as it should be. Use another copy.") % {"name": name})
    if name != DATABASE and info.file_size > LARGEST_FILE:
        raise BadArchive(_("%(name)s in it is too large for a picture. Nothing was restored.") % {"name": name})


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name)  # of 1980: what is the same twice is the same file twice
    entry.external_attr = (stat.S_IFREG | 0o600) << 16
    return entry
