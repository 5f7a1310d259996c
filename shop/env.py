"""Environment variables. `.env.example` describes them."""

import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent
KEY_FILE = "secret_key"
KEY_MISSING = (
    "SECRET_KEY is not set. For a shop on the internet, set it to 50 or more random characters, in the environment or "
    "in .env. To try the shop on this machine, start it with `make run` or set DEBUG=1."
)

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)


def data_dir() -> Path:
    """Return the folder of the shop's data on this machine."""
    return Path(env.str("DATA_DIR", "") or BASE_DIR / "var").resolve()


def secret_key(*, debug: bool) -> str:
    """Return SECRET_KEY; if it is unset and DEBUG is on, a random key stored in DATA_DIR.

    Raises ImproperlyConfigured.
    """
    value: str = env.str("SECRET_KEY", "")
    if value:
        return value
    if not debug:
        raise ImproperlyConfigured(KEY_MISSING)
    return _stored_key(data_dir() / KEY_FILE)


def default_to_debug(command: str) -> None:
    """Turn DEBUG on for `manage.py up`, and for other commands in a data folder that `up` has created.

    An explicit DEBUG wins. Other commands also leave it off if SECRET_KEY or DATABASE_URL is set.
    """
    is_configured = any(env.str(name, "") for name in ("DEBUG", "SECRET_KEY", "DATABASE_URL"))
    if command == "up" or (not is_configured and (data_dir() / KEY_FILE).exists()):
        os.environ.setdefault("DEBUG", "1")


def _stored_key(file: Path) -> str:
    """Return the key in the file. Creates it atomically, since several processes may start at once."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent)  # readable only by its owner
        fresh = Path(name)
        try:
            with os.fdopen(handle, "w") as stream:
                stream.write(secrets.token_urlsafe(50))
                stream.flush()
                os.fsync(stream.fileno())
            os.link(fresh, file)
        except FileExistsError:
            pass  # another process was first; use its key
        finally:
            fresh.unlink()
    return file.read_text()
