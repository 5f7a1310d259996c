"""Rows of a benchmark that take turns, each in a process of its own: a busy machine then slows all of them alike."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Round = dict[str, float]


def take_turns(rows: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[Round]]:
    """Start `python -m` with each row's arguments, ask each for one round after another, and return what they said.

    A row that ends before its first answer, because what it measures is not installed, is left out.
    """
    workers = {
        title: subprocess.Popen(
            [sys.executable, "-m", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for title, arguments in rows.items()
    }
    said: dict[str, list[Round]] = {title: [] for title in rows}
    for _ in range(rounds):
        for title, worker in workers.items():
            if (answer := ask(worker)) is not None:
                said[title].append(answer)
    for worker in workers.values():
        worker.communicate()
    return {title: answers for title, answers in said.items() if answers}


def answer_turns(measure: Callable[[], Round]) -> None:
    """Measure one round for every line on standard input."""
    for _ in sys.stdin:
        sys.stdout.write(json.dumps(measure()) + "\n")
        sys.stdout.flush()


def ask(worker: "subprocess.Popen[str]") -> Any:
    assert worker.stdin is not None
    assert worker.stdout is not None
    try:
        worker.stdin.write("\n")
        worker.stdin.flush()
    except BrokenPipeError:
        return None
    line = worker.stdout.readline()
    return json.loads(line) if line else None
