"""Who hears what by which group, and what Kafka lets each do: from the contracts alone.

A name of a user is that of its certificate (`CN=billing`); nobody but the operator may make or
change topics.
"""

from __future__ import annotations

from typing import Any

from shared.contracts.catalogue import EVENTS
from shared.contracts.hears import heard_by
from shared.contracts.services import SERVICES
from shared.contracts.topics import BY_NAME, TOPICS
from shared.runtime.orders import letterbox

HEAR, SAY = ("Describe", "Read"), ("Describe", "Write")


def heard(service: str) -> list[str]:
    """The topics of others, and of its own words, that a service hears events from."""
    return sorted({topic for kind in heard_by(service) for topic in EVENTS[kind].topics()})


def groups() -> dict[str, dict[str, Any]]:
    """By service: its group, the heard topics that have the most partitions, and how many those
    are: a worker more than that would have nothing of them."""
    found: dict[str, dict[str, Any]] = {}
    for service in SERVICES:
        topics = heard(service)
        most = max(BY_NAME[name].partitions for name in topics)
        busy = [name for name in topics if BY_NAME[name].partitions == most]
        found[service] = {"group": service, "partitions": most, "busy": busy}
    return found


def users() -> list[dict[str, Any]]:
    """Each user of Kafka with its rights, as Strimzi names them."""
    everything = [
        _of("topic", "*", ("All",)),
        _of("group", "*", ("All",)),
        {"resource": {"type": "cluster"}, "operations": ["All"]},
    ]
    looking = [_of("topic", "*", ("Describe",)), _of("group", "*", ("Describe",))]
    return [
        *({"name": service, "acls": _rights(service)} for service in SERVICES),
        {"name": "keda", "acls": looking},
        {"name": "operator", "acls": everything},
    ]


def _rights(service: str) -> list[dict[str, Any]]:
    own = {topic.name for topic in TOPICS if topic.owner == service}
    # What it said itself is heard again after a restore, and its dead letters for what is decided.
    hears = {*heard(service), *own, letterbox(service)}
    made = [
        _of("topic", name, tuple(sorted({*(HEAR if name in hears else ()), *SAY}))
            if name in own else HEAR)
        for name in sorted(hears | own)
    ]  # fmt: skip
    if service == "partners":  # a topic of each partner that has one; the operator makes it
        made.append(_of("topic", "partner.", SAY, "prefix"))
    return [*made, _of("group", service, HEAR)]


def _of(kind: str, name: str, may: tuple[str, ...], pattern: str = "") -> dict[str, Any]:
    resource = {"type": kind, "name": name} | ({"patternType": pattern} if pattern else {})
    return {"resource": resource, "operations": list(may)}
