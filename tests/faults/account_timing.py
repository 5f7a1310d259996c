"""Compare how long account pages take for addresses with and without an account.

`python -m tests.faults.account_timing` prints medians in milliseconds and how often the best guess from one response
time would be right. 0.50 is a coin toss.
"""

from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

from tests.benchmarks.scratch import scratch_database, table

# isort: split
from django.core.cache import cache
from django.test import Client

from tests.conftest import customer

ROUNDS = 20
WARM_UP = 2


def milliseconds(request: Callable[[], object]) -> float:
    """Time one request, without the limits on attempts."""
    cache.clear()
    start = perf_counter()
    request()
    return (perf_counter() - start) * 1000


def best_guess(known: list[float], unknown: list[float]) -> float:
    """Return how often the best threshold would classify a response time correctly."""
    shares = [
        (sum(each <= limit for each in unknown) + sum(each > limit for each in known)) / (len(known) + len(unknown))
        for limit in known + unknown
    ]
    return max(max(shares), 1 - min(shares))


def measure() -> None:
    customer("Alice")
    bob = customer("Bob")

    def sign_up(email: str) -> object:
        return Client().post("/account/signup/", {"email": email, "password1": "another long passphrase"})

    def log_in(email: str) -> object:
        return Client().post("/account/login/", {"login": email, "password": "wrong"})

    def reset(email: str) -> object:
        return Client().post("/account/password/reset/", {"email": email})

    def move(email: str) -> object:
        client = Client()
        client.force_login(bob)
        return client.post("/account/email/", {"email": email, "action_add": ""})

    rows = []
    pages = {"sign up": sign_up, "log in": log_in, "reset the password": reset, "change the address": move}
    for name, page in pages.items():
        known, unknown = [], []
        for number in range(WARM_UP + ROUNDS):
            known.append(milliseconds(partial(page, "alice@example.com")))
            unknown.append(milliseconds(partial(page, f"{name.replace(' ', '')}{number}@example.com")))
        known, unknown = known[WARM_UP:], unknown[WARM_UP:]
        rows.append([name, median(known), median(unknown), best_guess(known, unknown)])
    table(f"{ROUNDS} requests each", ["page", "known ms", "unknown ms", "best guess"], rows)


if __name__ == "__main__":
    with scratch_database("test_semblance_timing"):
        measure()
