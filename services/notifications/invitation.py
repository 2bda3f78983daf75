"""The sessions as calendar entries (RFC 5545, RFC 5546): instants in UTC, METHOD:REQUEST."""

from __future__ import annotations

from typing import Any

from icalendar import Calendar, Event, vCalAddress, vText

from services.notifications.case import Case, Sender


def invitation(case: Case, sender: Sender, said: dict[str, Any]) -> str:
    """One VEVENT a session; `said` are the names that the letter uses too."""
    sessions = {session["session_id"]: session for session in said["sessions"]}
    calendar = Calendar()
    calendar.add("prodid", "-//Holdfast//Sessions//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "REQUEST")
    organizer = vCalAddress(f"mailto:{sender.address}")
    organizer.params["cn"] = vText(said["provider"]["name"])
    attendee = vCalAddress(f"mailto:{case.person.email.strip()}")
    attendee.params["cn"] = vText(said["name"])
    attendee.params["role"] = vText("REQ-PARTICIPANT")
    attendee.params["partstat"] = vText("NEEDS-ACTION")
    attendee.params["rsvp"] = vText("FALSE")
    for entry in case.entries:
        session = sessions[entry.session_id]
        event = Event()
        event.add("uid", entry.uid)
        event.add("sequence", entry.sequence)
        event.add("dtstamp", case.now)
        event.add("dtstart", entry.starts_at)
        event.add("dtend", entry.ends_at)
        title = said["course"]["title"]
        event.add("summary", f"{session['name']}: {title}" if len(sessions) > 1 else title)
        event.add("description", _description(session, said))
        event.add("location", session["where"] or session["join"])
        if not session["where"]:
            event.add("url", session["join"])
        event.add("organizer", organizer, encode=False)
        event.add("attendee", attendee, encode=False)
        event.add("status", "CONFIRMED")
        event.add("transp", "OPAQUE")
        calendar.add_component(event)
    return calendar.to_ical().decode()  # type: ignore[no-any-return]


def _description(session: dict[str, Any], said: dict[str, Any]) -> str:
    lines = [session["about"]]
    if not session["where"]:
        door = f"open from {session['opens']} minutes before the start"
        lines.append(f"Your personal join link, {door}: {session['join']}")
    lines.append(f"Your registration: {said['page']}")
    return "\n\n".join(line for line in lines if line)
