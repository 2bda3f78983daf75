"""Who says and hears on each topic, in few words: what the picture of the architecture draws."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contracts.catalogue import EVENTS
from shared.contracts.hears import hearers_of
from shared.contracts.services import SERVICES
from shared.contracts.topics import TOPICS, Kind, Topic

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
    own = [topic for topic in TOPICS if topic.kind in KEPT and topic.kind != "tasks"]
    tasks = [topic for topic in TOPICS if topic.kind == "tasks"]
    made = [_lane(topic.name, [topic]) for topic in own]
    return [*made, _lane(TASKS, tasks)]


def _lane(name: str, topics: list[Topic]) -> Lane:
    names = {topic.name for topic in topics}
    types = [kind for kind, event in EVENTS.items() if names & set(event.topics())]
    says = frozenset(topic.owner for topic in topics)
    hears = frozenset(service for kind in types for service in hearers_of(kind))
    return Lane(name, KEPT[topics[0].kind], says, hears)


def in_words() -> str:
    """The same as a sentence a topic, for who does not see the picture."""
    parts = []
    for lane in lanes():
        says = "each service" if lane.topic == TASKS else _listed(lane.says)
        parts.append(f"{lane.topic}: said by {says}, heard by {_listed(lane.hears) or 'nobody'}.")
    return " ".join(parts)


def _listed(names: frozenset[str]) -> str:
    return ", ".join(name for name in SERVICES if name in names)
