"""The memory limit of concurrent decoding."""

from threading import Event, Thread

import pytest

from catalog.pictures import memory_budget
from catalog.pictures.checking import PictureRefused, decode, open_picture
from tests.conftest import picture


def test_requests_within_the_budget_run_together() -> None:
    with memory_budget.reserve(40, 100, 0), memory_budget.reserve(60, 100, 0):
        pass


def test_request_over_the_budget_is_refused() -> None:
    with memory_budget.reserve(60, 100, 0):
        with pytest.raises(memory_budget.Busy), memory_budget.reserve(41, 100, 0):
            pass
        with memory_budget.reserve(40, 100, 0):
            pass


def test_request_larger_than_the_budget_runs_alone() -> None:
    with memory_budget.reserve(300, 100, 0), pytest.raises(memory_budget.Busy), memory_budget.reserve(1, 100, 0):
        pass
    with memory_budget.reserve(1, 100, 0), pytest.raises(memory_budget.Busy), memory_budget.reserve(300, 100, 0):
        pass


def test_waiting_request_runs_once_memory_is_free() -> None:
    waits, went = Event(), Event()

    def second() -> None:
        waits.set()
        with memory_budget.reserve(100, 100, 30):
            went.set()

    thread = Thread(target=second)
    with memory_budget.reserve(100, 100, 0):
        thread.start()
        assert waits.wait(10)
        assert not went.is_set()
    assert went.wait(10)
    thread.join()


def test_queue_is_limited() -> None:
    threads = []
    done = Event()

    def waiting() -> None:
        with memory_budget.reserve(100, 100, 30):
            done.wait(10)

    with memory_budget.reserve(100, 100, 0):
        for _ in range(memory_budget.MAX_WAITING):
            threads.append(Thread(target=waiting))
            threads[-1].start()
        pause = Event()
        while memory_budget.waiting() < memory_budget.MAX_WAITING:
            pause.wait(0.01)
        with pytest.raises(memory_budget.Busy), memory_budget.reserve(100, 100, 3600):
            pass
        done.set()
    for thread in threads:
        thread.join()


def test_failed_decoding_releases_its_memory() -> None:
    for _ in range(3):
        with pytest.raises(PictureRefused, match="damaged"):
            decode(open_picture(picture(form="PNG")[:60] + bytes(100)), (64, 48))
    with memory_budget.reserve(100, 100, 0):
        pass
