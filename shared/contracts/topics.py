"""All topics: owner, kind, partitions, and what Kafka is told of each (events.md, design.md §4).

Partitions are chosen once: adding some would move keys. The relay never stamps a record, so time
retention counts from its arrival (runtime.md §3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.contracts.services import SERVICES

Kind = Literal["state", "facts", "inbound", "tasks", "dead-letters"]

_DAY = 24 * 60 * 60 * 1000
_LARGEST = 1_048_576
_LARGEST_DEAD = 2_097_152
_CONFIGS: dict[Kind, dict[str, str]] = {
    "state": {
        "cleanup.policy": "compact",
        "delete.retention.ms": str(45 * _DAY),
        "max.compaction.lag.ms": str(7 * _DAY),
    },
    "facts": {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"},
    "tasks": {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"},
    # A segment goes as a whole, when its last record is too old: one of a week would keep people
    # for a week longer than is said.
    "inbound": {
        "cleanup.policy": "delete",
        "retention.ms": str(30 * _DAY),
        "segment.ms": str(_DAY),
    },
    "dead-letters": {
        "cleanup.policy": "delete",
        "retention.ms": str(30 * _DAY),
        "segment.ms": str(_DAY),
    },
}


PARTNER_PARTITIONS = 3
PARTNER_DAYS = 7  # kept where nobody says otherwise, as long as erased people stay in others'


@dataclass(frozen=True)
class Topic:
    name: str
    owner: str
    kind: Kind
    partitions: int
    about: str

    def configs(self, replication: int) -> dict[str, str]:
        """Kafka's topic configuration at that replication factor."""
        return _CONFIGS[self.kind] | {
            "max.message.bytes": str(_LARGEST_DEAD if self.kind == "dead-letters" else _LARGEST),
            "min.insync.replicas": str(2 if replication > 2 else 1),
            "message.timestamp.type": "CreateTime",
        }


def _of_each_service() -> list[Topic]:
    return [
        topic
        for name in SERVICES
        for topic in (
            Topic(f"{name}.tasks", name, "tasks", 3, f"what needs a human, said by {name}"),
            Topic(
                f"{name}.dead-letters", name, "dead-letters", 3, f"records that {name} cannot use"
            ),
        )
    ]


TOPICS: tuple[Topic, ...] = (
    Topic("registration.courses", "registration", "state", 3, "courses as they stand"),
    Topic("registration.people", "registration", "state", 12, "people; the only personal data"),
    Topic("partners.keys", "partners", "state", 3, "API keys, hashed"),
    Topic("registration.registrations", "registration", "facts", 12, "the life of a registration"),
    Topic("billing.registrations", "billing", "facts", 12, "the money of a registration"),
    Topic("billing.credits", "billing", "facts", 12, "credits and their entries"),
    Topic("attendance.sessions", "attendance", "facts", 12, "sessions opened and completed"),
    Topic("attendance.records", "attendance", "facts", 12, "who attended for how long"),
    Topic("certificates.certificates", "certificates", "facts", 12, "awards and certificates"),
    Topic("notifications.messages", "notifications", "facts", 12, "messages sent and failed"),
    Topic("partners.inbound", "partners", "inbound", 12, "what partners send in, for 30 days"),
    *_of_each_service(),
)
BY_NAME: dict[str, Topic] = {topic.name: topic for topic in TOPICS}


def configs(replication: int) -> dict[str, tuple[int, dict[str, str]]]:
    """By topic: how many partitions, and its configuration at that replication factor."""
    return {topic.name: (topic.partitions, topic.configs(replication)) for topic in TOPICS}


def partner_topic(partner_id: str) -> str:
    """A partner's own topic. An id is a-z, 0-9 and hyphens, 63 at most (`partner-id-invalid`): the
    name is one that Kafka takes, and differs from no other by `.` against `_` alone."""
    return f"partner.{partner_id}.events"


def partner_configs(days: int, replication: int) -> dict[str, str]:
    """What Kafka is told of it: it may hold what people are, and so ends after `days`, or one more
    (a segment goes as a whole)."""
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(days * _DAY),
        "segment.ms": str(_DAY),
        "max.message.bytes": str(_LARGEST),
        "min.insync.replicas": str(2 if replication > 2 else 1),
        "message.timestamp.type": "CreateTime",
    }


def is_compacted(name: str) -> bool:
    """Whether a topic keeps the last word a key, so that a record without a value is an end."""
    return name in BY_NAME and BY_NAME[name].kind == "state"
