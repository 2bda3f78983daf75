"""A course published anew: what rises by one, and what may not simply vanish (domain.md §4, §5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.registration.domain.placing import WHEN
from services.registration.domain.schedule import closing_in_file

Part = dict[str, Any]
# Not the meeting: it is swapped behind the join link that everybody has, and moves nobody.
_WHEN = ("starts_at", "ends_at", "zone", "wall_from", "wall_to")
_SAID = ("date", "wall_from", "wall_to", "fold", "zone", "minutes")
_NO_RULE = ("rule_version", "layout", "keep_years", "reporting")
_SINCE = ("status", "cancelled_reason", "make_up_for", "filed")  # what no file says


def carry_over(new: Part, old: Mapping[str, Any] | None) -> Part:
    """The new document with the versions of its parts: one more than before where a part changed.

    Reminders and calendar entries belong to a session's schedule version, attendance to its rule's
    version, awards to a board's rule version. What was moved or cancelled since stays so.
    """
    before = {session["session_id"]: session for session in (old or new)["sessions"]}
    rules = {board["board"]: board for board in (old or new)["boards"]}
    rooms = (str(new.get("location", "")), str((old or new).get("location", "")))
    sessions = [_session(s, before.get(s["session_id"], s), rooms) for s in new["sessions"]]
    return {
        **new,
        **_asked(new, old or new),
        "sessions": sorted(sessions, key=lambda session: str(session["starts_at"])),
        "boards": [_board(b, rules.get(b["board"], b)) for b in new["boards"]],
    }


def _asked(new: Part, old: Mapping[str, Any]) -> Part:
    """What was asked of closing, where a file that was given back says what came of it."""
    asked, said = old.get("closes_asked"), new.get("closes_asked")
    same = asked is not None and said == closing_in_file(old["sessions"], asked)
    return {"closes_asked": asked} if same else {}


def going(new: Sequence[Part], old: Sequence[Mapping[str, Any]]) -> list[Part]:
    """The sessions of a file without those that stay cancelled."""
    before = {session["session_id"]: session for session in old}
    return [
        each
        for each in new
        if (was := before.get(each["session_id"])) is None
        or was.get("status") != "cancelled"
        or not _is_older(each, was)
    ]


def outdated(new: Mapping[str, Any], old: Mapping[str, Any] | None) -> list[str]:
    """What the file says of sessions that were moved or cancelled since it was written."""
    before = {session["session_id"]: session for session in (old or new)["sessions"]}
    return [
        f"{session['session_id']} was {_done_to(was)} since: {_unfollowed(session, was)}"
        for session in new["sessions"]
        if _is_older(session, was := before.get(session["session_id"], session))
    ]


def _done_to(was: Mapping[str, Any]) -> str:
    if was.get("status") == "cancelled":
        return "cancelled"
    return f"moved to {was['date']} {was['wall_from']}"


def _unfollowed(new: Mapping[str, Any], was: Mapping[str, Any]) -> str:
    if _same(new, was):
        return "it stays so, for the file gives it no other time."
    return f"the file's {new['date']} is older, and not followed."


def _is_older(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether a file says when as it did before the session was moved or cancelled.

    Who mends a title sends the file they have: that must not move a session back unseen.
    """
    before = [old["filed"]] if old.get("filed") else []
    before += [old] if old.get("status") == "cancelled" else []
    return any(_same(new, each) for each in before)


def _same(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    return all(new.get(name) == old.get(name) for name in _SAID)


def _not_said_anew(new: Mapping[str, Any], old: Mapping[str, Any]) -> tuple[str, ...]:
    """What a session keeps of before: its time where the file's is older; that it was moved, or
    cancelled, also where the file has the time that holds, as one that is given back does."""
    if _is_older(new, old):
        return (*WHEN, *_SINCE)
    return _SINCE if _same(new, old) else ()


def _session(new: Part, old: Mapping[str, Any], rooms: tuple[str, str]) -> Part:
    """`rooms`: where the course takes place now, and before."""
    made = {**new, **{name: old[name] for name in _not_said_anew(new, old) if name in old}}
    moved = any(made.get(name) != old.get(name) for name in _WHEN)
    elsewhere = _where(made, rooms[0]) != _where(old, rooms[1])
    revived = old.get("status") == "cancelled" and made.get("status") != "cancelled"
    version = old.get("schedule_version", 1) + (moved or elsewhere or revived)
    missed = made.get("rule", {}).get("max_missed_seconds", 900)
    rule = old.get("rule", {"version": 1, "max_missed_seconds": 900})
    changed = missed != rule["max_missed_seconds"]
    return {
        **made,
        "schedule_version": version,
        "rule": {"version": rule["version"] + changed, "max_missed_seconds": missed},
    }


def _where(session: Mapping[str, Any], room: str) -> str:
    """Its own place; in person without one, the course's."""
    return str(session["location"] or (room if session["delivery"] == "in_person" else ""))


def _board(new: Part, old: Mapping[str, Any]) -> Part:
    same = _rule(old) == _rule(new)
    return {**new, "rule_version": old.get("rule_version", 1) + (not same)}


def _rule(board: Mapping[str, Any]) -> Part:
    """What an award is decided by: not how it is laid out, kept or reported."""
    return {name: value for name, value in board.items() if name not in _NO_RULE}


def removed(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[str]:
    """Sessions that were published and are no longer there: those are cancelled, not dropped."""
    return sorted(_names(old, "sessions", "session_id") - _names(new, "sessions", "session_id"))


def unlisted(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[str]:
    """Boards that were published and are no longer there: people registered for their credit, and
    certificates that are out are made out by them. An approval that ends has its last day."""
    return sorted(_names(old, "boards", "board") - _names(new, "boards", "board"))


def _names(document: Mapping[str, Any], parts: str, name: str) -> set[str]:
    return {str(part[name]) for part in document[parts]}
