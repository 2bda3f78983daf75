"""The sessions as calendar entries (RFC 5545, RFC 5546): instants in UTC, by REQUEST or CANCEL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from icalendar import Calendar, Event, vCalAddress, vText

from services.notifications.commands.case import Post, Sender
from services.notifications.domain.invitation import CANCEL
from services.notifications.models import CalendarEntry
from shared.languages import Tongue

# What may stand in a mailto: as it is (RFC 6068); the rest of an address is written as its octets.
_PLAIN = "@!$'*+-._~"


@dataclass(frozen=True)
class Shown:
    """One session as a calendar shows it. `stamp` is when this was made (RFC 5545 §3.8.7.2);
    `link` is the personal join link, empty in a room."""

    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    status: str
    summary: str
    description: str = ""
    place: str = ""
    link: str = ""


def invitations(case: Post, sender: Sender, said: dict[str, Any]) -> list[str]:
    """One object a session, in their order; `said` are the names that the letter uses too.

    All events of a REQUEST have one UID (RFC 5546 §3.2.2): of four sessions in one object many
    calendars would take the first and drop the others.
    """
    return [_invitation(entry, case, sender, said) for entry in case.entries]


def calendar_of(method: str) -> Calendar:
    """An object that has yet to be filled."""
    calendar = Calendar()
    calendar.add("prodid", "-//Holdfast//Sessions//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def event_of(shown: Shown, provider: str, address: str) -> Event:
    """The event that all objects have, with its organizer.

    It has no alarm: we remind by mail, and when else is the reader's own setting.
    """
    event = Event()
    event.add("uid", shown.uid)
    event.add("sequence", shown.sequence)
    event.add("dtstamp", shown.stamp)
    event.add("dtstart", shown.starts_at)
    event.add("dtend", shown.ends_at)
    event.add("summary", " ".join(shown.summary.split()))
    if shown.description:
        event.add("description", shown.description)
    if shown.link:
        event.add("url", shown.link)
    if place := shown.place or shown.link:
        event.add("location", place)
    organizer = vCalAddress(_mailto(address))
    organizer.params["cn"] = vText(" ".join(provider.split()))
    event.add("organizer", organizer, encode=False)
    event.add("status", shown.status)
    if shown.status != "CANCELLED":
        # Until a seat is theirs it keeps nobody busy.
        event.add("transp", "TRANSPARENT" if shown.status == "TENTATIVE" else "OPAQUE")
    return event


def summary_of(session: dict[str, Any], title: str, *, several: bool) -> str:
    """`Session 2 of 4: Title`; of a single session the title alone."""
    return f"{session['name']}: {title}" if several else title


def cancelled_summary(title: str, tongue: Tongue) -> str:
    """What an entry is called whose session will not be, or not for them."""
    return tongue.say("Cancelled: %(title)s", title=title)


def description_of(session: dict[str, Any], tongue: Tongue, page: str = "") -> str:
    """What it is about, how to get in, and where everything else is."""
    lines = [session["about"]]
    if session["online"]:
        lines.append(
            tongue.say(
                "Your personal join link, open from %(minutes)s minutes before the start: %(link)s",
                minutes=session["opens"],
                link=session["join"],
            )
        )
    if page:
        lines.append(tongue.say("Your registration: %(page)s", page=page))
    return "\n\n".join(line for line in lines if line)


def _invitation(entry: CalendarEntry, case: Post, sender: Sender, said: dict[str, Any]) -> str:
    calendar = calendar_of(entry.method)
    shown = (_withdrawn if entry.method == CANCEL else _confirmed)(entry, case, said)
    event = event_of(shown, said["provider"]["name"], sender.address)
    event.add("attendee", _attendee(case, said), encode=False)
    calendar.add_component(event)
    return calendar.to_ical().decode()  # type: ignore[no-any-return]


def _withdrawn(entry: CalendarEntry, case: Post, said: dict[str, Any]) -> Shown:
    """What takes a session out of a calendar: the same UID, a higher SEQUENCE (RFC 5546 §3.2.5)."""
    return Shown(
        uid=entry.uid,
        sequence=entry.sequence,
        stamp=case.now,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        status="CANCELLED",
        summary=cancelled_summary(said["course"]["title"], Tongue(said["lang"])),
    )


def _confirmed(entry: CalendarEntry, case: Post, said: dict[str, Any]) -> Shown:
    session = next(s for s in said["sessions"] if s["session_id"] == entry.session_id)
    return Shown(
        uid=entry.uid,
        sequence=entry.sequence,
        stamp=case.now,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        status="CONFIRMED",
        summary=summary_of(session, said["course"]["title"], several=len(said["sessions"]) > 1),
        description=description_of(session, Tongue(said["lang"]), said["page"]),
        place=session["where"],
        link=session["join"] if session["online"] else "",
    )


def _attendee(case: Post, said: dict[str, Any]) -> vCalAddress:
    attendee = vCalAddress(_mailto(case.person.email.strip()))
    attendee.params["cn"] = vText(said["name"])
    attendee.params["role"] = vText("REQ-PARTICIPANT")
    attendee.params["partstat"] = vText("NEEDS-ACTION")
    attendee.params["rsvp"] = vText("FALSE")
    return attendee


def _mailto(address: str) -> str:
    return f"mailto:{quote(address, safe=_PLAIN)}"
