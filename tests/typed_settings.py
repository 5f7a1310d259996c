"""The settings as the type checker reads them: those of a shop on this machine."""

import os

os.environ.setdefault("DEBUG", "1")

from shop.env import BASE_DIR as BASE_DIR
from shop.settings import *  # noqa: F403
