"""Settings are documented, and production refuses to start without a secret key."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, files

READ = re.compile(r"""(?:env\.\w+|environ\.get)\(\s*"([A-Z_]+)\"""")


def variables() -> list[str]:
    """Return the environment variables that the shop reads."""
    return sorted({name for file in files("shop/*.py") for name in READ.findall(file.read_text())})


def test_variables_finds_settings_of_every_kind() -> None:
    assert {"SECRET_KEY", "DATABASE_URL", "VISUALSEARCH_RUNTIME", "PORT"} <= set(variables())


@pytest.mark.parametrize("name", variables())
@pytest.mark.parametrize("document", [".env.example", "docs/operations.md"])
def test_setting_is_documented(document: str, name: str) -> None:
    assert re.search(rf"\b{name}\b", (ROOT / document).read_text())


def run(code: str, folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the code with only these variables set for the shop."""
    unset = ("DEBUG", "SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "DJANGO_ALLOW_ASYNC_UNSAFE")
    rest = {name: value for name, value in os.environ.items() if name not in unset}
    environment = {**rest, "DATA_DIR": str(folder), **variables}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


READ_DEBUG = "from shop import settings; print(settings.DEBUG)"
SETTLE = "from shop.env import default_to_debug; default_to_debug({!r}); " + READ_DEBUG


@pytest.mark.parametrize("variables", [{}, {"DEBUG": "0"}, {"DEBUG": "0", "SECRET_KEY": ""}])
def test_a_start_without_a_secret_key_fails_with_advice(variables: dict[str, str], tmp_path: Path) -> None:
    done = run("import shop.settings", tmp_path, **variables)
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr
    assert "make run" in done.stderr
    assert not list(tmp_path.iterdir())


def test_debug_is_off_when_unset(tmp_path: Path) -> None:
    assert run(READ_DEBUG, tmp_path, SECRET_KEY="a secret").stdout == "False\n"


def test_make_run_turns_debug_on_unless_told_otherwise(tmp_path: Path) -> None:
    assert run(SETTLE.format("up"), tmp_path).stdout == "True\n"
    assert run(SETTLE.format("up"), tmp_path, DEBUG="0", SECRET_KEY="a secret").stdout == "False\n"


def test_a_command_next_to_make_run_uses_the_same_settings(tmp_path: Path) -> None:
    assert "SECRET_KEY is not set" in run(SETTLE.format("migrate"), tmp_path).stderr
    run(SETTLE.format("up"), tmp_path)
    assert run(SETTLE.format("migrate"), tmp_path).stdout == "True\n"
    for other in ({"SECRET_KEY": "a secret"}, {"DEBUG": "0", "SECRET_KEY": "a secret"}):
        assert run(SETTLE.format("migrate"), tmp_path, **other).stdout == "False\n"
    foreign = run(SETTLE.format("migrate"), tmp_path, DATABASE_URL="postgres://a:b@localhost/c")
    assert "SECRET_KEY is not set" in foreign.stderr


def test_the_development_key_is_random_and_private(tmp_path: Path) -> None:
    read_key = "from shop import settings; print(settings.SECRET_KEY)"
    keys = [run(read_key, tmp_path / name, DEBUG="1").stdout.strip() for name in ("one", "one", "two")]
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0]) > 50
    assert stat.S_IMODE((tmp_path / "one" / "secret_key").stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "one").iterdir()] == ["secret_key"]


def test_the_deploy_check_passes() -> None:
    environment = {**os.environ, "DEBUG": "0", "SECRET_KEY": "k" * 20 + "0123456789" * 4, "ALLOWED_HOSTS": "shop.test",
                   "SITE_URL": "https://shop.test"}  # fmt: skip
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # browser tests set it
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_deploy_check_warns_without_a_site_url() -> None:
    environment = {**os.environ, "DEBUG": "0", "SECRET_KEY": "k" * 20 + "0123456789" * 4, "SITE_URL": ""}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode != 0, "SITE_URL is not set" in done.stderr) == (True, True)


@pytest.mark.parametrize(("port", "address"), [("8010", "http://127.0.0.1:8010"), ("", "http://127.0.0.1:8000")])
def test_the_site_url_uses_the_port(port: str, address: str) -> None:
    environment = {**os.environ, "DEBUG": "1", "SITE_URL": ""}
    environment.pop("PORT", None)
    command = [sys.executable, "-c", "from shop import settings; print(settings.SITE_URL)"]
    done = subprocess.run(command, cwd=ROOT, env={**environment, **({"PORT": port} if port else {})},
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == address
