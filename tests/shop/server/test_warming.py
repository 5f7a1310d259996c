"""Web processes load what searches need while they serve already."""

import os
import runpy
import subprocess
import sys
import threading

import pytest
from django.conf import settings
from django.core.cache import caches

from catalog.search.names import FRESH


@pytest.mark.django_db(transaction=True)
def test_a_new_worker_loads_the_words_of_the_search_in_a_thread() -> None:
    caches["local"].clear()
    before = set(threading.enumerate())
    runpy.run_path(str(settings.BASE_DIR / "gunicorn.conf.py"))["post_worker_init"](None)
    for thread in set(threading.enumerate()) - before:
        thread.join(30)
    assert caches["local"].get(FRESH)


def test_gunicorn_reads_the_settings_in_the_folder_of_the_shop() -> None:
    command = [sys.executable, "-m", "gunicorn", "--print-config", "shop.wsgi"]
    environment = {**os.environ, "DEBUG": "1"}
    shown = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert "config                             = ./gunicorn.conf.py" in shown
