"""Create the topics of `shared.contracts.topics`; the ones that exist stay as they are.

`python -m stack.topics BOOTSTRAP [REPLICATION]` does it from the command line (compose).
"""

import asyncio
import sys

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.contracts.topics import configs
from shared.runtime.kafka import client_of
from shared.runtime.settings import kafka_of
from stack.trouble import Trouble

_EXISTS = 36


async def create_topics(bootstrap: str, replication: int = 1) -> list[str]:
    """The names that were made. Raises `Trouble` naming the topics Kafka refused."""
    admin = AIOKafkaAdminClient(**client_of(bootstrap))
    await admin.start()
    try:
        there = set(await admin.list_topics())
        wanted = [
            NewTopic(name, partitions, replication, topic_configs=settings)
            for name, (partitions, settings) in configs(replication).items()
            if name not in there
        ]
        if not wanted:
            return []
        # The answer carries a code per topic and never raises: 36 means somebody was faster.
        answer = await admin.create_topics(wanted, timeout_ms=60_000)
        refused = [
            (name, text) for name, code, text in answer.topic_errors if code not in {0, _EXISTS}
        ]
        if refused:
            name, text = refused[0]
            raise Trouble(f"Kafka refused to create {len(refused)} topics, {name} first: {text}")
        return [name for name, code, _ in answer.topic_errors if code != _EXISTS]
    finally:
        await admin.close()


if __name__ == "__main__":
    copies = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    made = asyncio.run(create_topics(kafka_of(sys.argv[1]), copies))
    print(f"{len(made)} topics created")
