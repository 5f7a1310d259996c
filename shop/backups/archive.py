"""The backup file: an uncompressed ZIP archive whose manifest lists the other members.

The whole file is validated before any of it is used. Members are read as bytes, never extracted to disk, and their
names must match the shop's own naming scheme.
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
MAX_MANIFEST_SIZE, MAX_FILE_SIZE = 2**28, 2**28  # bytes
CHUNK = 2**20

OnMember = Callable[[str], None]


class BadArchive(Exception):
    """The file is not a valid backup. The message says why."""


@dataclass
class Writer:
    """Writes members in sequence and records their checksums."""

    archive: ZipFile
    members: dict[str, dict[str, Any]] = field(default_factory=dict)

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file to write a member to."""
        with self.archive.open(_entry(name), "w", force_zip64=True) as file:
            hashing = _HashingFile(file)
            yield hashing  # type: ignore[misc]
        self.members[name] = {"size": hashing.size, "sha256": hashing.digest.hexdigest()}

    def add(self, name: str, data: bytes) -> None:
        """Write a member from bytes."""
        with self.member(name) as file:
            file.write(data)

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Write the manifest."""
        manifest = {"kind": KIND, "format": FORMAT, **facts, "members": self.members}
        self.archive.writestr(_entry(MANIFEST), json.dumps(manifest, indent=1) + "\n")


class _HashingFile:
    """A file that computes the size and hash of what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.size, self.digest = file, 0, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self.digest.update(data)
        return self.file.write(data)


@contextmanager
def write_archive(file: IO[bytes]) -> Iterator[Writer]:
    """Write an archive to the open file."""
    with ZipFile(file, "w", ZIP_STORED, allowZip64=True) as archive:
        yield Writer(archive)


class Archive:
    """An archive whose names and sizes match its manifest. `check` compares the bytes too."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self.manifest = _manifest(archive)
        self.members: Mapping[str, Mapping[str, Any]] = self.manifest["members"]
        for info in archive.infolist():
            _check_entry(info, self.members)
        names = [info.filename for info in archive.infolist()]
        if sorted(names) != sorted({*self.members, MANIFEST}):
            raise BadArchive(_("Its files do not match its manifest. Use another copy of the backup."))

    @property
    def files(self) -> list[str]:
        """The members that belong in the storage: all but the database."""
        return sorted(name for name in self.members if name != DATABASE)

    def open(self, name: str) -> IO[bytes]:
        """Open a member. Call `check` first: ZIP detects damage only at the end of a member."""
        return self._archive.open(name)

    def read(self, name: str) -> bytes:
        return self._archive.read(name)

    def check(self, on_member: OnMember = lambda _name: None) -> None:
        """Verify the checksums of all members. Raises BadArchive."""
        for name, facts in self.members.items():
            digest = hashlib.sha256()
            with _readable(), self.open(name) as file:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
            if digest.hexdigest() != facts["sha256"]:
                raise BadArchive(_("%(name)s is damaged. Use another copy of the backup.") % {"name": name})
            on_member(name)


@contextmanager
def open_archive(file: Path | IO[bytes]) -> Iterator[Archive]:
    """Open a backup for reading. Raises BadArchive, or OSError if the file cannot be opened."""
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
        raise BadArchive(_("It is not a complete backup. Use another copy.")) from error
    except Exception as error:  # a malicious archive can raise nearly anything
        raise BadArchive(_("It cannot be read as a backup: %(error)s") % {"error": error}) from error


def _manifest(archive: ZipFile) -> dict[str, Any]:
    try:
        info = archive.getinfo(MANIFEST)
    except KeyError as error:
        raise BadArchive(_("It is not a backup of this shop: it has no manifest.")) from error
    if info.file_size > MAX_MANIFEST_SIZE or info.compress_type != ZIP_STORED:
        raise BadArchive(_("It is not a backup of this shop: its manifest is invalid."))
    manifest = json.loads(archive.read(info))
    if not isinstance(manifest, dict) or manifest.get("kind") != KIND:
        raise BadArchive(_("It is not a backup of this shop: its manifest is invalid."))
    if manifest.get("format") != FORMAT:
        raise BadArchive(
            _("It was written by another version of the shop, in a format that this version cannot read.")
        )
    if DATABASE not in manifest["members"]:
        raise BadArchive(_("It contains no database. Use another copy of the backup."))
    return manifest


def _check_entry(info: ZipInfo, members: Mapping[str, Mapping[str, Any]]) -> None:
    name = info.filename
    if name not in (MANIFEST, DATABASE) and not FILE_NAME.fullmatch(name):
        raise BadArchive(
            _("It contains a file with an unexpected name: %(name)s. Nothing was restored.") % {"name": ascii(name)}
        )
    is_plain = info.compress_type == ZIP_STORED and not info.flag_bits & 1 and info.file_size == info.compress_size
    if not is_plain or stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        raise BadArchive(_("%(name)s is not a regular file. Nothing was restored.") % {"name": name})
    if name == MANIFEST:
        return
    if name not in members or members[name]["size"] != info.file_size:
        raise BadArchive(_("%(name)s has the wrong size. Use another copy.") % {"name": name})
    if name != DATABASE and info.file_size > MAX_FILE_SIZE:
        raise BadArchive(_("%(name)s is too large for a picture. Nothing was restored.") % {"name": name})


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name)  # dated 1980, so that equal content gives equal files
    entry.external_attr = (stat.S_IFREG | 0o600) << 16
    return entry
