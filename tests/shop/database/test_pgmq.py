"""The queue in PostgreSQL during a database outage."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from kombu import Connection, Consumer, Producer, Queue
from kombu.message import Message
from psycopg.conninfo import make_conninfo

import shop.celery  # noqa: F401 - installs the transport
from shop.database import pgmq


@pytest.fixture
def queue(transactional_db: None) -> Iterator[Connection]:
    """Connect to the queue in the test database."""
    place = connection.settings_dict
    conninfo = make_conninfo(
        host=place["HOST"], port=place["PORT"] or None, dbname=place["NAME"], user=place["USER"] or None
    )
    options = {"conn_string": conninfo, "init_extension": False, "pool_size": 1, "polling_interval": 0.05}
    with Connection("pgmq://localhost", transport_options=options) as opened:
        yield opened


@pytest.mark.parametrize("answer", ["ack", "reject"])
def test_a_failed_acknowledgement_frees_the_prefetch_slot(queue: Connection, answer: str) -> None:
    channel = queue.channel()
    assert isinstance(channel, pgmq.Channel)
    letters = Queue(f"letters-{answer}", routing_key=f"letters-{answer}", channel=channel)
    letters.declare()
    received: list[Message] = []
    producer = Producer(channel)
    producer.publish({"number": 1}, routing_key=letters.name)
    with Consumer(channel, [letters], callbacks=[lambda _, message: received.append(message)], prefetch_count=1):
        queue.drain_events(timeout=5)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pgmq.drop_queue(%s)", [channel._queue_name(letters.name)])
        with pytest.raises(psycopg.Error):
            getattr(received[0], answer)()
        letters.declare()
        producer.publish({"number": 2}, routing_key=letters.name)
        queue.drain_events(timeout=5)
    assert [message.payload["number"] for message in received] == [1, 2]
