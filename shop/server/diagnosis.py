"""Startup errors, explained in sentences that say what to do."""

import errno
import shutil
import socket
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from shop import devdb
from shop.server.instance import AlreadyRunning

MIN_FREE_BYTES = 20 * 2**20  # with less, programs fail without mentioning the disk


def check_port(port: int) -> None:
    """Raise CommandError if the shop cannot listen on the port."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except OverflowError as error:
        raise CommandError(f"There is no port {port}. Choose one from 1024 to 65535.") from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise CommandError(f"Port {port} cannot be used: {error.strerror}. Choose another.") from error
        raise CommandError(
            f"Port {port} is in use by another program. Stop it, or choose another port: make run PORT={port + 1}"
        ) from error


def explain(error: Exception) -> Exception:
    """Return a CommandError that says what to do, or the error itself if there is nothing to add."""
    if _is_disk_full(error):
        free = shutil.disk_usage(_existing(settings.DATA_DIR)).free // 2**20
        return CommandError(
            f"The disk is full: {free} MB are free for {settings.DATA_DIR}. Free some space, or set DATA_DIR to a "
            "folder on another disk, then start again: it continues where it stopped."
        )
    if isinstance(error, AlreadyRunning | devdb.DatabaseError):
        return CommandError(str(error))
    if isinstance(error, OSError) and error.filename:
        return CommandError(f"{error.filename} cannot be used: {error.strerror}.")
    return error


def _is_disk_full(error: BaseException | None) -> bool:
    if shutil.disk_usage(_existing(settings.DATA_DIR)).free < MIN_FREE_BYTES:
        return True
    while error is not None:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "No space left on device" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())
