"""The letter that a session is at another time, elsewhere, held after all, or new."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.contents.common import Common
from services.notifications.contents.timetable import timetable
from services.notifications.contents.withdrawal import money_of
from services.notifications.domain.course import Said
from services.notifications.domain.story import SEATED
from shared.dates import parse_instant, rfc3339
from shared.languages import marked


def session_changed(case: Case, c: Common) -> dict[str, Any]:
    """The session as it is now, and what they were told of it before, if anything."""
    about, before = case.message.subject, case.before
    session = next(one for one in case.course.body["sessions"] if one["session_id"] == about)
    shown = next(one for one in c.names["sessions"] if one["session_id"] == about)
    kind = kind_of(session, before)
    moved = before if kind in ("made_up", "moved") else None
    return {
        "session": shown,
        "kind": kind,
        "old": _when(session, moved, c) if moved else None,
        "old_place": before.where if before and before.where != shown["where"] else None,
        "in_calendar": bool(case.entries),
        **_seat(case, c, kind),
    }


def kind_of(session: dict[str, Any], before: Said | None) -> str:
    """What became of a session: `added`, `made_up`, `moved`, else another `place`."""
    if before is None:
        return "added"
    if before.cancelled:
        return "made_up"
    at = (parse_instant(session["starts_at"]), parse_instant(session["ends_at"]))
    return "moved" if at != (before.starts_at, before.ends_at) else "place"


def _when(session: dict[str, Any], before: Said, c: Common) -> list[str]:
    then = {"starts_at": rfc3339(before.starts_at), "ends_at": rfc3339(before.ends_at)}
    going = {**session, **then, "status": "scheduled"}
    [was] = timetable([going], c.yours, c.theirs, c.locale, lambda _: "")
    return [f"{was['day']}, {was['hours']}, {was['place']}", *filter(None, [was["there"]])]


_OFFERED = marked("The seat that you are offered is for this date: accept it if it suits you.")
_OFFERED_MORE = marked(
    "The seat that you are offered is for this session too: accept it if it suits you."
)
_OFFERED_UNTIL = marked(
    "The seat that you are offered until %(when)s is for this date: accept it if it suits you."
)
_OFFERED_MORE_UNTIL = marked(
    "The seat that you are offered until %(when)s is for this session too: accept it if it suits "
    "you."
)
_HELD = marked(
    "The seat that is held for you is for this date. If it suits you, pay in time; if not, let the "
    "seat go, and nothing is charged."
)
_HELD_MORE = marked(
    "The seat that is held for you is for this session too. If it suits you, pay in time; if not, "
    "let the seat go, and nothing is charged."
)
_HELD_UNTIL = marked(
    "The seat that is held for you until %(when)s is for this date. If it suits you, pay in time; "
    "if not, let the seat go, and nothing is charged."
)
_HELD_MORE_UNTIL = marked(
    "The seat that is held for you until %(when)s is for this session too. If it suits you, pay in "
    "time; if not, let the seat go, and nothing is charged."
)
_WAITS = {  # by whether it is offered, for a session more, until a time
    (True, False, False): _OFFERED,
    (True, True, False): _OFFERED_MORE,
    (True, False, True): _OFFERED_UNTIL,
    (True, True, True): _OFFERED_MORE_UNTIL,
    (False, False, False): _HELD,
    (False, True, False): _HELD_MORE,
    (False, False, True): _HELD_UNTIL,
    (False, True, True): _HELD_MORE_UNTIL,
}


def _seat(case: Case, c: Common, kind: str) -> dict[str, Any]:
    """Whether the seat is theirs, or held or offered until when; whether there is money in it."""
    if case.registration.state in SEATED:
        paid = money_of(case.facts, "confirmed") in ("paid", "invoice")
        said = c.tongue.say("Your seat in it is yours: you do not have to do anything.")
        return {"seat": "theirs", "seat_said": said, "paid": paid}
    offered, more = case.registration.state == "offered", kind == "added"
    if offered:
        until = max(case.facts["offers"].items(), key=lambda one: parse_instant(one[0]))[1]
    else:
        until = case.facts.get("requested", {}).get("hold_expires_at")
    if until is None:
        said = c.tongue.say(_WAITS[offered, more, False])
    else:
        said = c.tongue.say(_WAITS[offered, more, True], when=c.short(until))
    return {"seat": "offered" if offered else "held", "seat_said": said, "paid": False}
