"""Kombu's pgmq transport with one fix: a worker keeps consuming after its database was down.

In Kombu, a message whose acknowledgement fails still counts towards the prefetch limit. When PostgreSQL restarts, a
worker may reach the limit and wait forever. This transport removes the message from the count. It is delivered again
after the visibility timeout, and every task is safe to run twice.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, pgmq


class Channel(pgmq.Channel):
    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        try:
            super().basic_ack(delivery_tag, multiple=multiple)  # type: ignore[no-untyped-call]
        except Exception:
            self.qos.ack(delivery_tag)
            raise

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().basic_reject(delivery_tag, requeue=requeue)  # type: ignore[no-untyped-call]
        except Exception:
            self.qos.ack(delivery_tag)
            raise


class Transport(pgmq.Transport):
    Channel = Channel


def install() -> None:
    """Register this transport for `pgmq://`."""
    aliases: dict[str, Any] = TRANSPORT_ALIASES
    aliases["pgmq"] = f"{__name__}:Transport"
