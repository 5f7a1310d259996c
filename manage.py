#!/usr/bin/env python
"""Django's command line, with the embedded database started for the commands that need one."""

import os
import sys

from django.core.management import execute_from_command_line

from shop import devdb
from shop.env import default_to_debug

WITHOUT_DATABASE = {"db", "help", "train_network", "evaluate_network", "collectstatic", "makemessages", "up"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    default_to_debug(command)
    if not os.environ.get("DATABASE_URL") and command not in WITHOUT_DATABASE:
        devdb.start()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
