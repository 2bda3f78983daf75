"""Keeps what a partner's own Kafka topic tells: each event once, each person as they are now.

    pip install "faststream[kafka]==0.7.8"
    KAFKA_BOOTSTRAP=kafka.example:9094 KAFKA_USER=partner.ibh KAFKA_PASSWORD=... \
      KAFKA_CA=ca.pem STORE=kept.sqlite python consumer.py

An event comes at least once: its id is noted in the transaction that keeps it, and only then Kafka
hears that it is done. Whatever fails is tried again a second later, and nothing is passed over.
"""

import asyncio
import json
import os
import sqlite3
import ssl

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.security import SASLScram512

USER = os.environ["KAFKA_USER"]
TOPIC = os.environ.get("TOPIC", f"{USER}.events")
GROUP = os.environ.get("GROUP", f"{USER}.keeper")  # others are refused

store = sqlite3.connect(os.environ["STORE"])
store.executescript("""
CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS facts (id TEXT PRIMARY KEY, type TEXT, subject TEXT, time TEXT, data);
CREATE TABLE IF NOT EXISTS people (id TEXT PRIMARY KEY, version INTEGER, data TEXT);
CREATE TABLE IF NOT EXISTS erased (id TEXT PRIMARY KEY);
""")

context = ssl.create_default_context(cafile=os.environ.get("KAFKA_CA") or None)
broker = KafkaBroker(
    os.environ["KAFKA_BOOTSTRAP"].split(","),
    security=SASLScram512(USER, os.environ["KAFKA_PASSWORD"], ssl_context=context),
    allow_auto_create_topics=False,  # the topic is there, and its user makes none
)
app = FastStream(broker)


def keep(id_: str, type_: str, subject: str, time: str, data: dict) -> bool:
    """In one transaction; False where it was kept before."""
    with store:
        if not store.execute("INSERT OR IGNORE INTO seen VALUES (?)", (id_,)).rowcount:
            return False
        if type_ == "person.erased.v1":  # nothing of them is kept, nor ever again
            store.execute("DELETE FROM people WHERE id = ?", (data["person_id"],))
            store.execute("INSERT OR IGNORE INTO erased VALUES (?)", (data["person_id"],))
        elif type_ == "person.recorded.v1":  # the highest version holds, whichever comes last
            store.execute(
                "INSERT INTO people SELECT ?1, ?2, ?3 WHERE ?1 NOT IN (SELECT id FROM erased)"
                " ON CONFLICT (id) DO UPDATE SET version = excluded.version, data = excluded.data"
                " WHERE excluded.version > version",
                (data["person_id"], data["version"], json.dumps(data)),
            )
        else:
            row = (id_, type_, subject, time, json.dumps(data))
            store.execute("INSERT INTO facts VALUES (?, ?, ?, ?, ?)", row)
        return True


@broker.subscriber(
    TOPIC, group_id=GROUP, auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR
)
async def hear(message: KafkaMessage) -> None:
    """One event: CloudEvents in Kafka's binary mode, the value is `data`."""
    ce = {name: message.headers.get(f"ce_{name}") for name in ("id", "type", "subject", "time")}
    try:
        new = keep(*ce.values(), json.loads(message.body))
    except Exception:
        await asyncio.sleep(1)
        raise
    print("kept" if new else "known", ce["type"], ce["id"], flush=True)


if __name__ == "__main__":
    asyncio.run(app.run())
