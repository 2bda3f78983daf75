"""The client library's models of events: `python -m shared.contracts.client_models` writes them.

Made of the schemas that are published, and looser than these, for who builds on them must take what
a later release adds: unknown fields pass, no text has a pattern or a greatest length, and a field
of an event that is not one of the ids may be missing, for a partner need not be given it. What
stands within a field is whole where the field is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.contracts.catalogue import EVENTS
from shared.contracts.event import Event
from shared.contracts.model_text import class_text, fields_text
from shared.contracts.partners import PartnerAttendanceReported, PartnerRegistrationSubmitted
from shared.contracts.published import meaning_of
from shared.contracts.to_partners import TO_PARTNERS
from shared.contracts.topics import BY_NAME

Schema = Mapping[str, Any]
WHERE = Path(__file__).parents[2] / "clients" / "python" / "holdfast_client" / "models.py"
ALWAYS = (
    "course_id",
    "registration_id",
    "person_id",
    "session_id",
    "item_id",
    "certificate_id",
    "invoice_id",
    "version",
)
"""What every partner sees of an event that has it (partners, `domain/visibility.py`)."""
LINES: dict[str, type[Event]] = {
    "RegistrationLine": PartnerRegistrationSubmitted,
    "AttendanceLine": PartnerAttendanceReported,
}
"""What a partner sends in; the service says these of it, with what it adds itself."""
_ADDED = ("partner_id", "item_id", "submitted_at")
_OURS = ("Data", "Inbound", "Part", "MODELS")
_HEAD = '''"""What events hold, and what lines sent in do, by the contracts of Holdfast {version}.

Generated (`make contracts`): do not edit. A field that is None was not said, or is none of those
that you may see. What these models do not know is kept: `model_extra`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import AwareDatetime

from holdfast_client.base import Data, Inbound, Part
'''


def visible() -> list[type[Event]]:
    """All events that a partner can ever get, by type."""
    said = [event for event in EVENTS.values() if _is_public(event)]
    return sorted([*said, *TO_PARTNERS.values()], key=lambda event: event.type)


def _is_public(event: type[Event]) -> bool:
    topic = BY_NAME.get(event.topic)
    return topic is not None and topic.kind in ("state", "facts") and topic.owner != "partners"


def written() -> str:
    """The whole module, as the formatter would have it."""
    from shared.contracts.asyncapi import VERSION

    events = visible()
    parts: dict[str, Schema] = {}
    for event in (*events, *LINES.values()):
        for name, schema in event.model_json_schema(mode="validation").get("$defs", {}).items():
            if parts.setdefault(name, schema) != schema:
                raise ValueError(f"two different parts of events are called {name}")
    if taken := set(parts) & {*_OURS, *LINES, *(event.__name__ for event in events)}:
        raise ValueError(f"parts of events have names of others: {sorted(taken)}")
    text = [_HEAD.format(version=VERSION)]
    text += [_part(name, parts[name]) for name in sorted(parts)]
    text += [_event(event) for event in events]
    text += [_line(name, LINES[name]) for name in sorted(LINES)]
    known = "".join(f"        {event.__name__},\n" for event in events)
    text.append(
        "MODELS: dict[str, type[Data]] = {\n    model.TYPE: model\n    for model in (\n"
        f"{known}    )\n}}\n" + '"""By type: every event that these contracts know."""\n'
    )
    return "\n\n".join(text)


def _part(name: str, schema: Schema) -> str:
    fields = fields_text(schema.get("properties", {}), schema.get("required", ()))
    return class_text(name, "Part", schema.get("description", ""), fields)


def _event(event: type[Event]) -> str:
    schema = event.model_json_schema(mode="validation")
    needed = [name for name in schema.get("required", ()) if name in ALWAYS]
    about = f"{meaning_of(event)}\n\n{event.when}\n\nNever: {event.never}"
    kind = f'TYPE: ClassVar[str] = "{event.type}"'
    fields = fields_text(schema.get("properties", {}), needed)
    return class_text(event.__name__, "Data", about, [kind, "", *fields])


def _line(name: str, event: type[Event]) -> str:
    schema = event.model_json_schema(mode="validation")
    needed = [one for one in schema.get("required", ()) if one not in _ADDED]
    asked = {one: each for one, each in schema["properties"].items() if one not in _ADDED}
    kind = f'TYPE: ClassVar[str] = "{name.removesuffix("Line").lower()}"'
    about = f"One line that is sent in; `id` is yours.\n\n{meaning_of(event)}"
    fields = fields_text(asked, needed)
    return class_text(name, "Inbound", about, [kind, "", "id: str", *fields])


def main() -> None:
    """Write it to where it belongs."""
    WHERE.write_text(written())


if __name__ == "__main__":
    main()
