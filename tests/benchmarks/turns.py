"""Run the rows of a benchmark in turns, each in its own process, so that a busy machine slows all of them alike."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Round = dict[str, float]


def take_turns(rows: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[Round]]:
    """Start `python -m` with each row's arguments, measure the rows in turn, and return their results.

    A row whose process exits before its first result, because a package is not installed, is left out.
    """
    workers = {
        title: subprocess.Popen(
            [sys.executable, "-m", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for title, arguments in rows.items()
    }
    results: dict[str, list[Round]] = {title: [] for title in rows}
    for _ in range(rounds):
        for title, worker in workers.items():
            if (answer := ask(worker)) is not None:
                results[title].append(answer)
    for worker in workers.values():
        worker.communicate()
    return {title: rounds for title, rounds in results.items() if rounds}


def answer_turns(measure: Callable[[], Round]) -> None:
    """Print one measurement as JSON for each line on standard input."""
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
