"""Typed readers of the environment. Every variable is described in `.env.example`."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)


def secret(name: str, *, debug: bool, for_development: str) -> str:
    """The secret called `name`. With DEBUG on, a fixed value serves; in production a missing one stops the start.

    Raises ImproperlyConfigured with a sentence that names the variable.
    """
    value: str = env.str(name, "")
    if value:
        return value
    if debug:
        return for_development
    raise ImproperlyConfigured(
        f"{name} is not set. DEBUG is off, so the shop does not start without it: set {name} in the environment "
        "or in .env."
    )
