"""Settings of gunicorn, which reads this file in the folder that it is started in."""

from typing import Any


def post_worker_init(_worker: Any) -> None:
    """Load the words of the search in each worker. The worker serves meanwhile."""
    from shop.server import warming  # noqa: PLC0415 - Django is not set up before

    warming.start()
