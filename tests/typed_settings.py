"""Development settings, for the type checker."""

import os

os.environ.setdefault("DEBUG", "1")

from shop.env import BASE_DIR as BASE_DIR
from shop.settings import *  # noqa: F403
