"""A course published anew: what rises by one, and what may not simply vanish (domain.md §4, §5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Part = dict[str, Any]
# Not the meeting: it is swapped behind the join link that everybody has, and moves nobody.
_PLACE = ("starts_at", "ends_at", "zone", "wall_from", "wall_to", "location")


def carry_over(new: Part, old: Mapping[str, Any]) -> Part:
    """The new document with the versions of its parts: one more than before where a part changed.

    Reminders and calendar entries belong to a session's schedule version, attendance to its rule's
    version, awards to a board's rule version.
    """
    before = {session["session_id"]: session for session in old["sessions"]}
    rules = {board["board"]: board for board in old["boards"]}
    return {
        **new,
        "sessions": [_session(s, before.get(s["session_id"])) for s in new["sessions"]],
        "boards": [_board(b, rules.get(b["board"])) for b in new["boards"]],
    }


def _session(new: Part, old: Mapping[str, Any] | None) -> Part:
    if old is None:
        return new
    moved = any(new.get(name) != old.get(name) for name in _PLACE)
    made = {**new, "schedule_version": old.get("schedule_version", 1) + moved}
    missed = new.get("rule", {}).get("max_missed_seconds", 900)
    rule = old.get("rule", {"version": 1, "max_missed_seconds": 900})
    changed = missed != rule["max_missed_seconds"]
    return {**made, "rule": {"version": rule["version"] + changed, "max_missed_seconds": missed}}


def _board(new: Part, old: Mapping[str, Any] | None) -> Part:
    if old is None:
        return new
    same = {k: v for k, v in old.items() if k != "rule_version"} == new
    return {**new, "rule_version": old.get("rule_version", 1) + (not same)}


def removed(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[str]:
    """Sessions that were published and are no longer there: those are cancelled, not dropped."""
    return sorted(_names(old, "sessions", "session_id") - _names(new, "sessions", "session_id"))


def unlisted(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[str]:
    """Boards that were published and are no longer there: people registered for their credit, and
    certificates that are out are made out by them. An approval that ends has its last day."""
    return sorted(_names(old, "boards", "board") - _names(new, "boards", "board"))


def _names(document: Mapping[str, Any], parts: str, name: str) -> set[str]:
    return {str(part[name]) for part in document[parts]}
