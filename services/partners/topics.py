"""Which topics Kafka has, as far as this service may see them."""

from __future__ import annotations

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.runtime.kafka import client_of


class Topics:
    """Made once in `app.py`; asked rarely, by a connection of its own each time."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def has(self, name: str) -> bool:
        """Whether that topic is there. Raises ConnectionError where Kafka does not answer."""
        admin = AIOKafkaAdminClient(**client_of(self._bootstrap), request_timeout_ms=5_000)
        try:
            await admin.start()
            return name in await admin.list_topics()
        except KafkaError as why:
            raise ConnectionError(f"Kafka does not answer: {type(why).__name__}") from why
        finally:
            await admin.close()
