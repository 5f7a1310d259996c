"""Every setting is documented, and a production start without a secret says which one is missing."""

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
    """Names of the environment variables that the shop reads."""
    return sorted({name for file in files("shop/*.py") for name in READ.findall(file.read_text())})


def test_the_shop_reads_its_settings_where_this_test_looks() -> None:
    assert {"SECRET_KEY", "DATABASE_URL", "VISUALSEARCH_RUNTIME", "PORT"} <= set(variables())


@pytest.mark.parametrize("name", variables())
@pytest.mark.parametrize("document", [".env.example", "docs/operations.md"])
def test_setting_is_documented(document: str, name: str) -> None:
    assert re.search(rf"\b{name}\b", (ROOT / document).read_text())


def ask(code: str, folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """What Python says to the code in an environment that says nothing else about the shop."""
    unset = ("DEBUG", "SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "DJANGO_ALLOW_ASYNC_UNSAFE")
    rest = {name: value for name, value in os.environ.items() if name not in unset}
    environment = {**rest, "DATA_DIR": str(folder), **variables}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


READ_DEBUG = "from shop import settings; print(settings.DEBUG)"
BESIDE = "from shop.env import settle; settle({!r}); " + READ_DEBUG


@pytest.mark.parametrize("variables", [{}, {"DEBUG": "0"}, {"DEBUG": "0", "SECRET_KEY": ""}])
def test_a_start_without_a_secret_stops_with_a_sentence_that_says_what_to_do(
    variables: dict[str, str], tmp_path: Path
) -> None:
    done = ask("import shop.settings", tmp_path, **variables)
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr
    assert "make run" in done.stderr
    assert not list(tmp_path.iterdir())


def test_debug_is_off_when_unset(tmp_path: Path) -> None:
    assert ask(READ_DEBUG, tmp_path, SECRET_KEY="a secret").stdout == "False\n"


def test_make_run_turns_debug_on_unless_told_otherwise(tmp_path: Path) -> None:
    assert ask(BESIDE.format("up"), tmp_path).stdout == "True\n"
    assert ask(BESIDE.format("up"), tmp_path, DEBUG="0", SECRET_KEY="a secret").stdout == "False\n"


def test_a_command_beside_make_run_works_on_the_same_shop(tmp_path: Path) -> None:
    assert "SECRET_KEY is not set" in ask(BESIDE.format("migrate"), tmp_path).stderr
    ask(BESIDE.format("up"), tmp_path)
    assert ask(BESIDE.format("migrate"), tmp_path).stdout == "True\n"
    for other in ({"SECRET_KEY": "a secret"}, {"DEBUG": "0", "SECRET_KEY": "a secret"}):
        assert ask(BESIDE.format("migrate"), tmp_path, **other).stdout == "False\n"
    foreign = ask(BESIDE.format("migrate"), tmp_path, DATABASE_URL="postgres://a:b@localhost/c")
    assert "SECRET_KEY is not set" in foreign.stderr


def test_the_key_of_a_shop_on_this_machine_is_random_and_its_owners_alone(tmp_path: Path) -> None:
    read_key = "from shop import settings; print(settings.SECRET_KEY)"
    keys = [ask(read_key, tmp_path / name, DEBUG="1").stdout.strip() for name in ("one", "one", "two")]
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0]) > 50
    assert stat.S_IMODE((tmp_path / "one" / "secret_key").stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "one").iterdir()] == ["secret_key"]


def test_production_deploys_without_a_warning() -> None:
    environment = {**os.environ, "DEBUG": "0", "SECRET_KEY": "k" * 20 + "0123456789" * 4, "ALLOWED_HOSTS": "shop.test",
                   "SITE_URL": "https://shop.test"}  # fmt: skip
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the browser tests set it
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_deployment_without_an_address_for_its_mails_is_warned() -> None:
    environment = {**os.environ, "DEBUG": "0", "SECRET_KEY": "k" * 20 + "0123456789" * 4, "SITE_URL": ""}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode != 0, "SITE_URL is not set" in done.stderr) == (True, True)


@pytest.mark.parametrize(("port", "address"), [("8010", "http://127.0.0.1:8010"), ("", "http://127.0.0.1:8000")])
def test_mails_lead_to_the_port_that_is_served(port: str, address: str) -> None:
    environment = {**os.environ, "DEBUG": "1", "SITE_URL": ""}
    environment.pop("PORT", None)
    command = [sys.executable, "-c", "from shop import settings; print(settings.SITE_URL)"]
    done = subprocess.run(command, cwd=ROOT, env={**environment, **({"PORT": port} if port else {})},
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == address
