"""The client library's models of events: `python -m shared.contracts.client_models` writes them.

Made of the schemas that are published, and looser than these, for who builds on them must take what
a later release adds: unknown fields pass, no text has a pattern or a greatest length, and a field
of an event that is not one of the ids may be missing, for a partner need not be given it. What
stands within a field is whole where the field is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.contracts.catalogue import EVENTS
from shared.contracts.event import Event
from shared.contracts.model_modules import module_text, name_of, package_text
from shared.contracts.model_text import class_text, fields_text
from shared.contracts.partners import PartnerAttendanceReported, PartnerRegistrationSubmitted
from shared.contracts.published import meaning_of
from shared.contracts.to_partners import TO_PARTNERS
from shared.contracts.topics import BY_NAME

Schema = Mapping[str, Any]
WHERE = Path(__file__).parents[2] / "clients" / "python" / "holdfast_client" / "models"
SHARED = "parts"  # what events of several topics have within them
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


def visible() -> list[type[Event]]:
    """All events that a partner can ever get, by type."""
    said = [event for event in EVENTS.values() if _is_public(event)]
    return sorted([*said, *TO_PARTNERS.values()], key=lambda event: event.type)


def _is_public(event: type[Event]) -> bool:
    topic = BY_NAME.get(event.topic)
    return topic is not None and topic.kind in ("state", "facts") and topic.owner != "partners"


def written() -> dict[str, str]:
    """The whole package, by name of its module, as the formatter would have it: a module a topic,
    with whatever its events alone have within them."""
    modules: dict[str, list[type[Event]]] = {}
    for event in visible():
        modules.setdefault(_module_of(event), []).append(event)
    parts, homes = _parts({**modules, "inbound": list(LINES.values())})
    by_module: dict[str, list[str]] = {SHARED: []}
    for name in sorted(parts):
        by_module.setdefault(homes[name], []).append(_part(name, parts[name]))
    for module, events in modules.items():
        by_module.setdefault(module, []).extend(map(_event, events))
    by_module.setdefault("inbound", []).extend(_line(name, LINES[name]) for name in sorted(LINES))
    elsewhere = {name for name, home in homes.items() if home == SHARED}
    texts = {
        module: module_text(module, classes, elsewhere if module != SHARED else set())
        for module, classes in by_module.items()
    }
    names = {module: [name_of(each) for each in classes] for module, classes in by_module.items()}
    models = sorted(event.__name__ for event in visible())
    return texts | {"__init__": package_text(names, models)}


def _module_of(event: type[Event]) -> str:
    return "partners" if event in TO_PARTNERS.values() else event.topic.replace(".", "_")


Homes = dict[str, str]


def _parts(modules: Mapping[str, Sequence[type[Event]]]) -> tuple[dict[str, Schema], Homes]:
    """What events have within them, and in which module it stands: in that of those which alone
    have it, or in the shared one."""
    parts: dict[str, Schema] = {}
    users: dict[str, set[str]] = {}
    for module, events in modules.items():
        for event in events:
            for name, schema in event.model_json_schema(mode="validation").get("$defs", {}).items():
                if parts.setdefault(name, schema) != schema:
                    raise ValueError(f"two different parts of events are called {name}")
                users.setdefault(name, set()).add(module)
    everybody = [event.__name__ for events in modules.values() for event in events]
    if taken := set(parts) & {*_OURS, *LINES, *everybody}:
        raise ValueError(f"parts of events have names of others: {sorted(taken)}")
    return parts, {n: next(iter(u)) if len(u) == 1 else SHARED for n, u in users.items()}


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
    """Write them to where they belong; a module of a topic that is no more goes."""
    WHERE.mkdir(exist_ok=True)
    texts = written()
    for former in WHERE.glob("*.py"):
        if former.stem not in texts:
            former.unlink()
    for module, text in texts.items():
        (WHERE / f"{module}.py").write_text(text)


if __name__ == "__main__":
    main()
