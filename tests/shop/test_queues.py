"""Which worker runs which task."""

import pytest

from shop.celery import LONG, app

TASKS = sorted(name for name in app.tasks if not name.startswith("celery."))


@pytest.mark.parametrize("task", TASKS)
def test_only_tasks_about_pictures_and_words_leave_the_queue_of_mail(task: str) -> None:
    queue = app.amqp.router.route({}, task)["queue"].name
    assert queue == {"shop": "default", "catalog": "pictures", "visualsearch": "embeddings"}[task.split(".")[0]]


def test_long_tasks_are_scheduled_by_name() -> None:
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} >= LONG
