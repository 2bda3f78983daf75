"""The sessions of a registration as a calendar that another follows (RFC 5545, 5546, 7986)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from icalendar import vDuration

from services.notifications import words
from services.notifications.commands.case import Sender
from services.notifications.commands.feed import Listed
from services.notifications.contents.timetable import timetable
from services.notifications.domain.invitation import CANCELLED, CONFIRMED
from services.notifications.domain.zones import known_zone
from services.notifications.invitation import (
    Shown,
    calendar_of,
    cancelled_summary,
    description_of,
    event_of,
    summary_of,
)
from services.notifications.models import Course, Person, Registration
from shared.languages import Tongue
from shared.runtime.tokens import mint

REFRESH = timedelta(hours=1)  # how often a calendar is asked to look


def feed(
    row: Registration, course: Course, person: Person, entries: Sequence[Listed], sender: Sender
) -> bytes:
    """The whole calendar; the same for the same facts.

    It is kept by whoever runs the reader's calendar: so it has the join links of who has a seat,
    which are for joining alone, but not the link to the page, by which one could cancel.
    """
    body = course.body
    theirs = known_zone(body["zone"])
    locale = words.locale_of(person.locale)
    version = max(row.token_version, 1)

    def join(session_id: str) -> str:
        token = mint(sender.secret, "join", f"{row.registration_id}/{session_id}", version)
        return f"{sender.public_url}/attendance/join/{token}"

    yours = known_zone(person.zone, theirs)
    sessions = timetable(body["sessions"], yours, theirs, locale, join, body["location"])
    named = {session["session_id"]: session for session in sessions}
    calendar = calendar_of("PUBLISH")
    calendar.add("name", body["title"])
    calendar.add("x-wr-calname", body["title"])
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for one in entries:
        shown = _shown(one, named, body["title"], words.tongue(locale))
        event = event_of(shown, body["provider"]["name"], sender.address)
        event.add("last-modified", one.since)
        calendar.add_component(event)
    return calendar.to_ical()  # type: ignore[no-any-return]


def _shown(one: Listed, named: dict[str, dict[str, Any]], title: str, tongue: Tongue) -> Shown:
    session = named.get(one.session_id)
    off = one.status == CANCELLED or session is None
    theirs = one.status == CONFIRMED and session is not None and session["online"]
    if session is None or off:
        summary, description = cancelled_summary(title, tongue), ""
    else:
        summary = summary_of(session, title, several=len(named) > 1)
        description = description_of(session, tongue) if theirs else session["about"]
    return Shown(
        uid=one.uid,
        sequence=one.sequence,
        stamp=one.since,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        status=one.status,
        summary=summary,
        description=description,
        place="" if off else one.place,
        link=session["join"] if session is not None and theirs else "",
    )
