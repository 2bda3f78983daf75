"""Who says and hears on each topic, in few words: what the picture of the architecture draws."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contracts.catalogue import EVENTS
from shared.contracts.hears import hearers_of
from shared.contracts.services import SERVICES
from shared.contracts.topics import TOPICS, Kind

TASKS = "<service>.tasks"
KEPT: dict[Kind, str] = {
    "state": "the last word of each key",
    "facts": "kept for ever",
    "inbound": "kept for 30 days",
    "tasks": "kept for ever",
}


@dataclass(frozen=True)
class Lane:
    """A topic: its name, how it is kept, the services that say something on it and those that
    hear at least one of its events."""

    topic: str
    kept: str
    says: frozenset[str]
    hears: frozenset[str]


def lanes() -> list[Lane]:
    """Every topic that carries events between services; the tasks of all services are one."""
    made: list[Lane] = []
    for topic in TOPICS:
        if topic.kind not in KEPT or topic.kind == "tasks":
            continue
        types = [kind for kind, event in EVENTS.items() if topic.name in event.topics()]
        hears = frozenset(name for kind in types for name in hearers_of(kind))
        made.append(Lane(topic.name, KEPT[topic.kind], frozenset({topic.owner}), hears))
    tasks = [topic for topic in TOPICS if topic.kind == "tasks"]
    names = {topic.name for topic in tasks}
    heard = [kind for kind, event in EVENTS.items() if names & set(event.topics())]
    hears = frozenset(name for kind in heard for name in hearers_of(kind))
    made.append(Lane(TASKS, KEPT["tasks"], frozenset(topic.owner for topic in tasks), hears))
    return made


def in_words() -> str:
    """The same as a sentence a topic, for who does not see the picture."""
    parts = []
    for lane in lanes():
        says = "each service" if lane.topic == TASKS else _listed(lane.says)
        parts.append(f"{lane.topic}: said by {says}, heard by {_listed(lane.hears) or 'nobody'}.")
    return " ".join(parts)


def _listed(names: frozenset[str]) -> str:
    return ", ".join(name for name in SERVICES if name in names)
