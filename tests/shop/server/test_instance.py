"""One `manage.py up` per data folder, and no process that outlives it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from shop.server.instance import AlreadyRunning, single_instance

# Runs a shell that starts a process, prints the ids of both, and waits to be killed.
# A background job of a shell starts with SIGINT ignored, and its children inherit that.
PARENT = """
import signal, subprocess, sys, time
from pathlib import Path
from shop.server.instance import single_instance
signal.signal(signal.SIGINT, signal.default_int_handler)
with single_instance(Path(sys.argv[1]), "http://127.0.0.1:8123") as instance:
    script = f"sleep 300 & echo $! >> {sys.argv[1]}/children; echo $$ >> {sys.argv[1]}/children; wait"
    child = subprocess.Popen(instance.supervised(["sh", "-c", script]), start_new_session=True)
    instance.set_state("running")
    print(child.pid, flush=True)
    time.sleep(300)
"""


def start(folder: Path) -> "tuple[subprocess.Popen[str], int, list[int]]":
    """Start PARENT. Return it, the process id of the supervisor, and the ids of the command and its child."""
    command = [sys.executable, "-c", PARENT, str(folder)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR)
    assert parent.stdout is not None
    supervisor = int(parent.stdout.readline())
    children = folder / "children"
    wait_until(lambda: children.exists() and len(children.read_text().split()) == 2)
    return parent, supervisor, [int(number) for number in children.read_text().split()]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_alive(number: int) -> bool:
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.startswith("Z")


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_all_processes_end_when_up_is_killed(ended_by: int, tmp_path: Path) -> None:
    parent, supervisor, children = start(tmp_path)
    assert all(is_alive(number) for number in (supervisor, *children))
    parent.send_signal(ended_by)
    parent.wait(30)
    wait_until(lambda: not any(is_alive(number) for number in (supervisor, *children)))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals a child whose parent was killed")
def test_the_command_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    parent, supervisor, children = start(tmp_path)
    os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: not is_alive(children[1]))
    parent.kill()
    parent.wait(30)
    os.kill(children[0], signal.SIGKILL)


def test_a_second_start_reports_where_the_first_serves(tmp_path: Path) -> None:
    parent, _supervisor, _children = start(tmp_path)
    try:
        message = rf"is already running at http://127.0.0.1:8123/ \(process {parent.pid}\)"
        with pytest.raises(AlreadyRunning, match=message), single_instance(tmp_path, "http://127.0.0.1:8124"):
            pass
    finally:
        parent.kill()
        parent.wait(30)


def test_the_next_start_waits_for_the_processes_of_a_killed_one(tmp_path: Path) -> None:
    parent, _supervisor, children = start(tmp_path)
    parent.kill()
    parent.wait(30)
    with single_instance(tmp_path, "http://127.0.0.1:8124"):
        assert not any(is_alive(number) for number in children)
        assert len(list(tmp_path.glob("up-*.lock"))) == 1
    assert not list(tmp_path.glob("up-*.lock"))
    with single_instance(tmp_path, "http://127.0.0.1:8125"):
        pass


def test_a_supervised_command_returns_its_status(tmp_path: Path) -> None:
    with single_instance(tmp_path, "http://127.0.0.1:8126") as instance:
        assert subprocess.run(instance.supervised(["sh", "-c", "exit 7"]), check=False).returncode == 7
