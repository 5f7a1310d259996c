"""How long the account pages take for an address that has an account, and for one that has none.

`python -m tests.faults.account_timing` prints medians in milliseconds, and how often a stranger who guesses by the
time of one answer would be right: 0.50 is a coin.
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter

from tests.benchmarks.scratch import scratch_database, table

# isort: split
from django.core.cache import cache
from django.test import Client

from tests.conftest import customer

ROUNDS = 20


def milliseconds(ask: Callable[[], object]) -> float:
    """How long one request takes, without the limits on guessing."""
    cache.clear()
    begun = perf_counter()
    ask()
    return (perf_counter() - begun) * 1000


def best_guess(known: list[float], unknown: list[float]) -> float:
    """How often the best threshold tells one kind of time from the other."""
    right = [
        (sum(each <= limit for each in unknown) + sum(each > limit for each in known)) / (len(known) + len(unknown))
        for limit in known + unknown
    ]
    return max(max(right), 1 - min(right))


def measure() -> None:
    """Print the table."""
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
    asked = {"sign up": sign_up, "log in": log_in, "reset the password": reset, "change the address": move}
    for name, ask in asked.items():
        known, unknown = [], []
        for number in range(ROUNDS + 2):
            known.append(milliseconds(lambda ask=ask: ask("alice@example.com")))  # type: ignore[misc]
            email = f"{name.replace(' ', '')}{number}@example.com"
            unknown.append(milliseconds(lambda ask=ask, email=email: ask(email)))  # type: ignore[misc]
        known, unknown = known[2:], unknown[2:]
        rows.append([name, median(known), median(unknown), best_guess(known, unknown)])
    table(f"{ROUNDS} requests each", ["what", "known ms", "unknown ms", "best guess"], rows)


if __name__ == "__main__":
    with scratch_database("test_semblance_timing"):
        measure()
