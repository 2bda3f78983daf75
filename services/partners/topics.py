"""Which topics Kafka has, as far as this service may see them."""

from __future__ import annotations

import asyncio
from time import monotonic

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.runtime.kafka import client_of

PATIENCE = 3.0  # seconds in which a topic that was made this moment is known to every broker


class Topics:
    """Made once in `app.py`; asked rarely, by a connection of its own each time."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def has(self, name: str) -> bool:
        """Whether that topic is there, or comes to be. Raises ConnectionError where Kafka does not
        answer."""
        admin = AIOKafkaAdminClient(**client_of(self._bootstrap), request_timeout_ms=5_000)
        try:
            await admin.start()
            until = monotonic() + PATIENCE
            while name not in await admin.list_topics():
                if monotonic() > until:
                    return False
                await asyncio.sleep(0.2)
            return True
        except KafkaError as why:
            raise ConnectionError(f"Kafka does not answer: {type(why).__name__}") from why
        finally:
            await admin.close()
