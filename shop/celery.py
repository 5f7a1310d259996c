"""The Celery application and its schedule."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from shop.database import pgmq

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

pgmq.install()
app = Celery("semblance")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "heartbeat": {"task": "shop.tasks.record_heartbeat", "schedule": 20.0, "options": {"expires": 20}},
    "send due emails": {"task": "shop.tasks.sweep_mail", "schedule": 60.0},
    "delete expired counts": {"task": "shop.tasks.delete_expired_counts", "schedule": 60 * 60.0},
    "delete expired sessions": {"task": "shop.tasks.delete_expired_sessions", "schedule": 24 * 60 * 60.0},
    "sweep orders, payments and refunds": {"task": "shop.fulfilment.tasks.sweep_orders", "schedule": 60.0},
    "notify the waitlist": {"task": "shop.waitlist.tasks.sweep_waiting", "schedule": 60.0},
    "deliver the test bank's webhooks": {"task": "shop.fulfilment.tasks.deliver_test_webhooks", "schedule": 10.0},
    "make missing renditions": {"task": "catalog.tasks.sweep_renditions", "schedule": 60.0},
    "continue imports whose worker died": {"task": "catalog.tasks.sweep_imports", "schedule": 60.0},
    "fetch pictures by their address": {"task": "catalog.tasks.sweep_sources", "schedule": 60.0},
    "remove unused picture files": {"task": "catalog.tasks.sweep_files", "schedule": 60 * 60.0},
    "reindex products with stale search vectors": {"task": "catalog.tasks.sweep_words", "schedule": 60.0},
    "count the words of the shop": {"task": "catalog.tasks.count_words", "schedule": 5 * 60.0},
    "delete old search counts": {
        "task": "catalog.tasks.delete_old_searches",
        "schedule": 24 * 60 * 60.0,
    },
    "count what is bought together": {"task": "shop.recommendations.tasks.count_pairs", "schedule": 24 * 60 * 60.0},
    "suggest product families": {"task": "catalog.tasks.suggest_families", "schedule": 24 * 60 * 60.0},
    "sweep for pictures without embeddings": {"task": "visualsearch.tasks.sweep_embeddings", "schedule": 60.0},
    "swap to the default network of this version": {
        "task": "visualsearch.tasks.update_network",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "measure the quality of the visual search": {
        "task": "visualsearch.tasks.measure_quality",
        "schedule": 60 * 60.0,
        "options": {"expires": 60 * 60},
    },
    "calibrate the verdicts of photo searches": {
        "task": "visualsearch.tasks.calibrate_verdicts",
        "schedule": 10 * 60.0,
        "options": {"expires": 10 * 60},
    },
    "fit maps for photo searches": {
        "task": "visualsearch.tasks.fit_query_maps",
        "schedule": 10 * 60.0,
        "options": {"expires": 10 * 60},
    },
    "learn what the shop forbids": {
        "task": "visualsearch.tasks.learn_moderation",
        "schedule": 10 * 60.0,
        "options": {"expires": 10 * 60},
    },
    "draw allowed pictures for a look": {"task": "visualsearch.tasks.draw_sample", "schedule": 60 * 60.0},
    "learn words from pictures": {"task": "visualsearch.tasks.learn_words", "schedule": 5 * 60.0},
}

# Minutes of work, of which a crash loses nothing. At the start of a worker they would hold up new pictures.
LONG = {
    f"visualsearch.tasks.{name}"
    for name in ("calibrate_verdicts", "fit_query_maps", "learn_moderation", "measure_quality")
}


@worker_ready.connect
def sweep_at_once(**_: Any) -> None:
    """Run every short sweep of a worker's queues when it starts, to pick up what was lost in a crash."""
    for entry in app.conf.beat_schedule.values():
        task = entry["task"]
        if task not in LONG and app.amqp.router.route({}, task)["queue"].name in app.amqp.queues.consume_from:
            app.send_task(task)
