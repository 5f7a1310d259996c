"""Pictures that are decoded at the same time share one amount of memory."""

from threading import Event, Thread

import pytest

from catalog.pictures import memory_budget
from catalog.pictures.checking import PictureRefused, decode, open_picture
from tests.conftest import picture


def test_those_that_fit_go_together() -> None:
    with memory_budget.reserve(40, 100, 0), memory_budget.reserve(60, 100, 0):
        pass


def test_one_that_does_not_fit_is_sent_away() -> None:
    with memory_budget.reserve(60, 100, 0):
        with pytest.raises(memory_budget.Busy), memory_budget.reserve(41, 100, 0):
            pass
        with memory_budget.reserve(40, 100, 0):
            pass


def test_one_that_is_larger_than_all_goes_alone() -> None:
    with memory_budget.reserve(300, 100, 0), pytest.raises(memory_budget.Busy), memory_budget.reserve(1, 100, 0):
        pass
    with memory_budget.reserve(1, 100, 0), pytest.raises(memory_budget.Busy), memory_budget.reserve(300, 100, 0):
        pass


def test_one_that_waits_goes_when_the_other_has_gone() -> None:
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


def test_queue_is_short() -> None:
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


def test_memory_comes_back_after_a_picture_that_cannot_be_read() -> None:
    for _ in range(3):
        with pytest.raises(PictureRefused, match="damaged"):
            decode(open_picture(picture(form="PNG")[:60] + bytes(100)), (64, 48))
    with memory_budget.reserve(100, 100, 0):
        pass
