"""The letter that a session is at another time, elsewhere, held after all, or new."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.contents.common import Common
from services.notifications.contents.timetable import timetable
from services.notifications.contents.withdrawal import money_of
from services.notifications.domain.story import SEATED, Said
from shared.dates import parse_instant, rfc3339


def session_changed(case: Case, c: Common) -> dict[str, Any]:
    """The session as it is now, and what they were told of it before, if anything."""
    about, before = case.message.subject, case.before
    session = next(one for one in case.course.body["sessions"] if one["session_id"] == about)
    shown = next(one for one in c.names["sessions"] if one["session_id"] == about)
    kind = _kind(session, before)
    moved = before if kind in ("made_up", "moved") else None
    return {
        "session": shown,
        "kind": kind,
        "old": _when(session, moved, c) if moved else None,
        "old_place": before.where if before and before.where != shown["where"] else None,
        "in_calendar": bool(case.entries),
        **_seat(case, c),
    }


def _kind(session: dict[str, Any], before: Said | None) -> str:
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


def _seat(case: Case, c: Common) -> dict[str, Any]:
    """Whether the seat is theirs, or held or offered until when; whether there is money in it."""
    if case.registration.state in SEATED:
        paid = money_of(case.facts, "confirmed") in ("paid", "invoice")
        return {"seat": "theirs", "until": None, "paid": paid}
    if case.registration.state == "offered":
        until = max(case.facts["offers"].items(), key=lambda one: parse_instant(one[0]))[1]
        return {"seat": "offered", "until": c.short(until), "paid": False}
    until = case.facts.get("requested", {}).get("hold_expires_at")
    return {"seat": "held", "until": c.short(until) if until else None, "paid": False}
