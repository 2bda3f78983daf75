"""An occurrence as a partner gets it: CloudEvents 1.0 in JSON, the same by feed and by webhook; and
the same in Kafka's binary mode, where `data` is the value and all else is headers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.partners.domain.visibility import View
from shared.dates import rfc3339


def cloud_event(
    view: View,
    event_id: str,
    type_: str,
    source: str,
    subject: str,
    said_at: datetime,
    data: Mapping[str, Any],
) -> dict[str, Any]:
    """What the view shows of it. `id` is the event's own: whoever gets it twice knows it."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": type_,
        "subject": subject,
        "time": rfc3339(said_at),
        "datacontenttype": "application/json",
        "data": view.seen_of(type_, data),
    }


def in_headers(event: Mapping[str, Any]) -> dict[str, str]:
    """All of an event but its data, as the headers of a record."""
    attributes = {name: value for name, value in event.items() if name != "data"}
    kind = attributes.pop("datacontenttype")
    return {f"ce_{name}": value for name, value in attributes.items()} | {"content-type": kind}
