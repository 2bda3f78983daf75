"""The sessions of a course in a learner's time, and in the provider's where clocks differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from babel import Locale

from services.notifications import words
from services.notifications.domain.places import place_of
from shared.dates import parse_instant, zone_of
from shared.languages import Tongue


def timetable(
    sessions: Sequence[dict[str, Any]],
    yours: str,
    theirs: str,
    locale: Locale,
    join: Callable[[str], str],
    room: str = "",
) -> list[dict[str, Any]]:
    """The sessions that take place, in order, as a letter shows them.

    `room` is where the course takes place, for a session in person that names no other place.
    """
    held = [session for session in sessions if session["status"] != "cancelled"]
    held.sort(key=lambda session: (session["starts_at"], session["session_id"]))
    return [
        _shown(session, place, len(held), yours, theirs, locale)
        | {
            "session_id": session["session_id"],
            "join": join(session["session_id"]),
            "online": session["delivery"] in ("live_online", "recorded"),
            "recorded": session["delivery"] == "recorded",
            "where": place_of(session, room),
            "opens": session["opens_minutes_before"],
        }
        for place, session in enumerate(held, start=1)
    ]


def _shown(
    session: dict[str, Any], place: int, of: int, yours: str, theirs: str, locale: Locale
) -> dict[str, Any]:
    start, end = parse_instant(session["starts_at"]), parse_instant(session["ends_at"])
    recorded = session["delivery"] == "recorded"
    name, enter, called = named(place, of, words.tongue(locale), recorded=recorded)
    return {
        "name": name,
        "called": called,
        "enter": enter,
        "title": f"{name}: {session['title']}" if session["title"] else name,
        "about": "; ".join(session["hours"]),
        "day": words.day(start, yours, locale),
        "at": words.clock(start, yours, locale),
        "hours": _window(start, end, yours, locale)
        if recorded
        else words.hours(start, end, yours, locale),
        "place": words.place(start, yours, locale),
        "there": _there(start, end, yours, theirs, locale),
        "start": words.moments(start, yours, theirs, locale),
        "minutes": session["minutes"],
    }


def named(place: int, of: int, tongue: Tongue, *, recorded: bool = False) -> tuple[str, str, str]:
    """What it is called by itself, what its door says, and what it is called within a sentence."""
    if of == 1:
        enter = tongue.say("Watch the recording") if recorded else tongue.say("Join the session")
        # L10N: within a sentence, or at its beginning, where it gets a capital
        return tongue.say("The session"), enter, tongue.say("the session")
    name = tongue.say("Session %(place)s of %(of)s", place=place, of=of)
    return (
        name,
        tongue.say("Watch session %(place)s", place=place)
        if recorded
        else tongue.say("Join session %(place)s", place=place),
        # L10N: within a sentence, or at its beginning, where it gets a capital
        tongue.say("session %(place)s of %(of)s", place=place, of=of),
    )


def _window(start: datetime, end: datetime, zone: str, locale: Locale) -> str:
    """A recording is watched at any time until its last moment."""
    return words.tongue(locale).say(
        # L10N: a recording: "4:00 PM, at any time until Monday, October 26, 2020, 4:00 PM"
        "%(opens)s, at any time until %(until)s",
        opens=words.clock(start, zone, locale),
        until=words.short(end, zone, locale),
    )


def _there(start: datetime, end: datetime, yours: str, theirs: str, locale: Locale) -> str:
    """The provider's time, with its day where that is another one; empty where clocks agree."""
    if words.same_clock(start, yours, theirs):
        return ""
    said = f"{words.hours(start, end, theirs, locale)}, {words.place(start, theirs, locale)}"
    same_day = start.astimezone(zone_of(yours)).date() == start.astimezone(zone_of(theirs)).date()
    return said if same_day else f"{words.day(start, theirs, locale)}, {said}"
