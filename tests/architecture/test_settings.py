"""Every setting is documented, and a production start without a secret says which one is missing."""

import os
import re
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT, files

READ = re.compile(r"""(?:env\.\w+|secret|environ\.get)\(\s*"([A-Z_]+)\"""")


def variables() -> list[str]:
    """Names of the environment variables that the shop reads."""
    return sorted({name for file in files("shop/*.py") for name in READ.findall(file.read_text())})


def test_the_shop_reads_its_settings_where_this_test_looks() -> None:
    assert {"SECRET_KEY", "DATABASE_URL", "VISUALSEARCH_RUNTIME", "PORT"} <= set(variables())


@pytest.mark.parametrize("name", variables())
@pytest.mark.parametrize("document", [".env.example", "docs/operations.md"])
def test_setting_is_documented(document: str, name: str) -> None:
    assert re.search(rf"\b{name}\b", (ROOT / document).read_text())


def test_production_without_a_secret_stops_with_a_sentence_that_names_it() -> None:
    environment = {**os.environ, "DEBUG": "0", "SECRET_KEY": ""}
    command = [sys.executable, "-c", "import shop.settings"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr


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
