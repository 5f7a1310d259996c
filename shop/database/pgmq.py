"""Kombu's pgmq transport, mended in one place: a worker whose database was away goes on consuming.

A message that could not be acknowledged kept its place among those that a worker may hold at once. After as many
failures as it has processes, such as while PostgreSQL restarts, it waited for ever. Here the place is freed; the
message itself comes again after the visibility timeout, and every task may run twice.
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
    """Let `pgmq://` mean this transport."""
    aliases: dict[str, Any] = TRANSPORT_ALIASES
    aliases["pgmq"] = f"{__name__}:Transport"
