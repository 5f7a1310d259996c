"""Typed readers of the environment. Every variable is described in `.env.example`."""

import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent
KEY_FILE = "secret_key"
KEY_MISSING = (
    "SECRET_KEY is not set, and DEBUG is off, as it is where nothing else is said. For a shop on the internet, set "
    "SECRET_KEY to 50 or more random characters, in the environment or in .env. To try the shop or to work on it on "
    "this machine, start it with `make run`, or set DEBUG=1."
)

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)


def data_dir() -> Path:
    """The folder of everything that the shop keeps on this machine."""
    return Path(env.str("DATA_DIR", "") or BASE_DIR / "var").resolve()


def secret_key(*, debug: bool) -> str:
    """SECRET_KEY; where it is unset and DEBUG is on, a random one that is kept in DATA_DIR for its owner alone.

    Raises ImproperlyConfigured with a sentence that says what to set.
    """
    value: str = env.str("SECRET_KEY", "")
    if value:
        return value
    if not debug:
        raise ImproperlyConfigured(KEY_MISSING)
    return _kept_key(data_dir() / KEY_FILE)


def settle(command: str) -> None:
    """Let `manage.py` work on the shop that runs on this machine: `up` turns DEBUG on where nobody said otherwise.

    Commands beside it do the same if its key file exists and the environment configures no other shop.
    """
    is_told = any(env.str(name, "") for name in ("DEBUG", "SECRET_KEY", "DATABASE_URL"))
    if command == "up" or (not is_told and (data_dir() / KEY_FILE).exists()):
        os.environ.setdefault("DEBUG", "1")


def _kept_key(file: Path) -> str:
    """The key in the file, which is made whole or not at all: many processes may start at the same time."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent)  # readable by its owner alone
        fresh = Path(name)
        try:
            with os.fdopen(handle, "w") as stream:
                stream.write(secrets.token_urlsafe(50))
                stream.flush()
                os.fsync(stream.fileno())
            os.link(fresh, file)
        except FileExistsError:
            pass  # another process was first, and its key counts
        finally:
            fresh.unlink()
    return file.read_text()
