"""AsyncAPI 3 out of the registry: `python -m shared.contracts.asyncapi` writes docs/asyncapi.json.

The whole system, or one service's part of it (what it says and hears). Partners' own topics are one
channel with a parameter, of the service that writes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from shared.contracts import topics
from shared.contracts.catalogue import EVENTS, said_by
from shared.contracts.event import Event
from shared.contracts.hears import heard_by
from shared.contracts.published import meaning_of, summary_of
from shared.contracts.services import SERVICES
from shared.contracts.to_partners import PUBLIC, PersonErased

VERSION = "0.2.0-next"
"""What is being worked on: the versions that are out are kept in `released/`."""
WHERE = Path(__file__).parents[2] / "docs" / "asyncapi.json"
_HEADERS = {
    "ce_specversion": "CloudEvents' version, 1.0.",
    "ce_id": "The event's id: the same however often it is delivered.",
    "ce_type": "The event's type, such as invoice.issued.v1.",
    "ce_source": "The service that said it, such as /billing.",
    "ce_subject": "The record's key.",
    "ce_time": "When it was said, RFC 3339 in UTC.",
    "ce_causationid": "The id of the event that led to it, where one did.",
    "ce_correlationid": "The id shared by all that followed from one request.",
    "content-type": "application/json",
    "traceparent": "W3C trace context.",
}
SHOWN: tuple[type[Event], ...] = (*PUBLIC, PersonErased)
"""All that can be in a partner's topic."""
_OF_PARTNER = "partner.events"  # the channel; its address has the partner in it
_REQUIRED = ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time"]


@lru_cache(maxsize=16)
def asyncapi(service: str | None = None) -> dict[str, Any]:
    """The AsyncAPI document of a service, or of all."""
    names = [service] if service else list(SERVICES)
    operations = {
        name: operation for each in names for name, operation in _operations(each).items()
    }
    known = EVENTS | {PersonErased.type: PersonErased}
    kinds = sorted({operation["x-event"] for operation in operations.values()})
    heard = [known[kind] for kind in kinds]
    to_partners = _to_partners() if "partners" in names else {}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Holdfast: {service}" if service else "Holdfast",
            "version": VERSION,
            "description": "CloudEvents 1.0 in Kafka's binary mode. At-least-once delivery; "
            "order per key; unknown fields are to be ignored.",
        },
        "defaultContentType": "application/json",
        "channels": _channels(heard) | to_partners,
        "operations": operations,
        "components": {
            "messages": {event.type: _message(event) for event in heard},
            "schemas": _schemas(heard),
        },
    }


def _operations(service: str) -> dict[str, Any]:
    said = [(event, "send", "says") for event in said_by(service)]
    heard = [(EVENTS[kind], "receive", "hears") for kind in heard_by(service)]
    shown = SHOWN if service == "partners" else ()
    return {f"partners.shows.{event.type}": _shows(event) for event in shown} | {
        f"{service}.{word}.{event.type}.{topic}"
        if len(event.topics()) > 1
        else f"{service}.{word}.{event.type}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{topic}"},
            "messages": [{"$ref": f"#/channels/{topic}/messages/{event.type}"}],
            "x-event": event.type,
        }
        for event, action, word in [*said, *heard]
        for topic in event.topics()
        if action == "receive" or topic.startswith(f"{service}.")
    }


def _shows(event: type[Event]) -> dict[str, Any]:
    channel = f"#/channels/{_OF_PARTNER}"
    return {
        "action": "send",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{event.type}"}],
        "x-event": event.type,
    }


def _to_partners() -> dict[str, Any]:
    told = topics.partner_configs(topics.PARTNER_DAYS, 1)
    return {
        _OF_PARTNER: {
            "address": topics.partner_topic("{partner_id}"),
            "description": "What one partner may see, where it has a topic of its own: of its "
            "courses, of the types and with the fields that it was given. So a field that a schema "
            "requires may be missing, and of the headers there are those of CloudEvents alone.",
            "parameters": {
                "partner_id": {"description": "The partner's id.", "examples": ["ibh"]},
            },
            "messages": {
                event.type: {"$ref": f"#/components/messages/{event.type}"} for event in SHOWN
            },
            "bindings": {
                "kafka": {
                    "partitions": topics.PARTNER_PARTITIONS,
                    "topicConfiguration": _configuration(told),
                    "bindingVersion": "0.5.0",
                }
            },
        }
    }


def _channels(events: list[type[Event]]) -> dict[str, Any]:
    return {
        topic.name: {
            "address": topic.name,
            "description": topic.about,
            "messages": {
                event.type: {"$ref": f"#/components/messages/{event.type}"}
                for event in events
                if topic.name in event.topics()
            },
            "bindings": {"kafka": _binding(topic)},
        }
        for topic in topics.TOPICS
        if any(topic.name in event.topics() for event in events)
    }


def _binding(topic: topics.Topic) -> dict[str, Any]:
    return {
        "topic": topic.name,
        "partitions": topic.partitions,
        "topicConfiguration": _configuration(topic.configs(1)),
        "bindingVersion": "0.5.0",
    }


def _configuration(told: Mapping[str, str]) -> dict[str, Any]:
    known = {"retention.ms", "retention.bytes", "delete.retention.ms", "max.message.bytes"}
    return {"cleanup.policy": [told["cleanup.policy"]]} | {
        name: int(value) for name, value in told.items() if name in known
    }


def _message(event: type[Event]) -> dict[str, Any]:
    key = event.key if isinstance(event.key, str) else "/".join(event.key)
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": summary_of(event),
        "description": meaning_of(event),
        "x-when": event.when,
        "x-never": event.never,
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "required": _REQUIRED,
            "properties": {
                name: {"type": "string", "description": words} for name, words in _HEADERS.items()
            },
        },
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}}},
        "examples": [{"name": event.type, "payload": event.example}],
    }


def _schemas(events: list[type[Event]]) -> dict[str, Any]:
    _, defined = models_json_schema(
        [(event, "validation") for event in events],
        ref_template="#/components/schemas/{model}",
    )
    schemas: dict[str, Any] = defined.get("$defs", {})
    return dict(sorted(schemas.items()))


def main() -> None:
    WHERE.write_text(json.dumps(asyncapi(), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
