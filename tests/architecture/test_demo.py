"""The shop runs without the demo app."""

import os
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT

CHECK_WITHOUT_DEMO = """
import sys
sys.modules["demo"] = None  # any import of it raises ImportError
from django.core.management import execute_from_command_line, get_commands
execute_from_command_line(["manage.py", "check"])
execute_from_command_line(["manage.py", "makemigrations", "--check", "--dry-run"])
print(sorted(name for name, app in get_commands().items() if "demo" in app or name.startswith("demo")))
"""


@pytest.mark.slow
def test_production_runs_without_the_demo() -> None:
    environment = {**os.environ, "DEBUG": "0", "DEMO": "0", "SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "shop.test",
                   "DJANGO_SETTINGS_MODULE": "shop.settings"}  # fmt: skip
    command = [sys.executable, "-c", CHECK_WITHOUT_DEMO]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "[]"
