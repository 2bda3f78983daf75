"""The sessions as calendar entries (RFC 5545, RFC 5546): instants in UTC, by REQUEST or CANCEL."""

from __future__ import annotations

from typing import Any

from icalendar import Calendar, Event, vCalAddress, vText

from services.notifications.commands.case import Post, Sender
from services.notifications.domain.invitation import CANCEL
from services.notifications.models import CalendarEntry


def invitations(case: Post, sender: Sender, said: dict[str, Any]) -> list[str]:
    """One object a session, in their order; `said` are the names that the letter uses too.

    All events of a REQUEST have one UID (RFC 5546 §3.2.2): of four sessions in one object many
    calendars would take the first and drop the others.
    """
    return [_invitation(entry, case, sender, said) for entry in case.entries]


def _invitation(entry: CalendarEntry, case: Post, sender: Sender, said: dict[str, Any]) -> str:
    calendar = Calendar()
    calendar.add("prodid", "-//Holdfast//Sessions//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", entry.method)
    event = _withdrawn if entry.method == CANCEL else _event
    calendar.add_component(event(entry, case, sender, said))
    return calendar.to_ical().decode()  # type: ignore[no-any-return]


def _withdrawn(entry: CalendarEntry, case: Post, sender: Sender, said: dict[str, Any]) -> Event:
    """What takes a session out of a calendar: the same UID, a higher SEQUENCE (RFC 5546 §3.2.5)."""
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", case.now)
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at)
    event.add("summary", f"Cancelled: {said['course']['title']}")
    event.add("organizer", _organizer(sender, said), encode=False)
    event.add("attendee", _attendee(case, said), encode=False)
    event.add("status", "CANCELLED")
    return event


def _event(entry: CalendarEntry, case: Post, sender: Sender, said: dict[str, Any]) -> Event:
    session = next(s for s in said["sessions"] if s["session_id"] == entry.session_id)
    title, place = said["course"]["title"], session["where"]
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", case.now)
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at)
    several = len(said["sessions"]) > 1
    event.add("summary", f"{session['name']}: {title}" if several else title)
    event.add("description", _description(session, said))
    if session["online"]:
        event.add("url", session["join"])
        place = place or session["join"]
    if place:
        event.add("location", place)
    event.add("organizer", _organizer(sender, said), encode=False)
    event.add("attendee", _attendee(case, said), encode=False)
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    return event


def _organizer(sender: Sender, said: dict[str, Any]) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{sender.address}")
    organizer.params["cn"] = vText(said["provider"]["name"])
    return organizer


def _attendee(case: Post, said: dict[str, Any]) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{case.person.email.strip()}")
    attendee.params["cn"] = vText(said["name"])
    attendee.params["role"] = vText("REQ-PARTICIPANT")
    attendee.params["partstat"] = vText("NEEDS-ACTION")
    attendee.params["rsvp"] = vText("FALSE")
    return attendee


def _description(session: dict[str, Any], said: dict[str, Any]) -> str:
    lines = [session["about"]]
    if session["online"]:
        door = f"open from {session['opens']} minutes before the start"
        lines.append(f"Your personal join link, {door}: {session['join']}")
    lines.append(f"Your registration: {said['page']}")
    return "\n\n".join(line for line in lines if line)
