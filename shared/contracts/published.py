"""An event's JSON Schema as outsiders read it, at an address that stays: `/schemas/<type>.json`.

It is the schema of an event's `data` on the feed and in webhooks, and of a record's value on Kafka.
It is of what a reader has to accept: what was added later is not required, and what it does not
name may come.
"""

from __future__ import annotations

from typing import Any

from shared.contracts.event import Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def address_of(kind: str, door: str) -> str:
    """Where the schema of a type is; `door` is the front door's address."""
    return f"{door.rstrip('/')}/schemas/{kind}.json"


def published(event: type[Event], door: str) -> dict[str, Any]:
    """The schema with its words, its `$id` and its example."""
    schema = event.model_json_schema(mode="validation")
    return {
        "$schema": DIALECT,
        "$id": address_of(event.type, door),
        **schema,
        "title": event.type,
        "description": f"{meaning_of(event)}\n\n{event.when}\n\nNever: {event.never}",
        "examples": [event.example],
    }


def meaning_of(event: type[Event]) -> str:
    """What it means, a paragraph a line."""
    paragraphs = (event.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs)


def summary_of(event: type[Event]) -> str:
    """The first sentence of what it means, without its full stop."""
    return " ".join(meaning_of(event).split()).split(". ")[0].rstrip(".")
