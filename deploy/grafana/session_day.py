"""The session day: who is in, what the platform says of it, whether people are told in time."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.grafana.asked import a_minute, a_second, said, tasks_of
from deploy.grafana.panels import Json, curves, number, table

OF_A_SESSION = "max by (course, session)"
MEANS = "Who is in, what the platform says of it, and whether people are told in time."


def panels() -> Iterable[Json]:
    """An hour before the session, and while it is held."""
    yield number(
        "Expected now",
        f"sum({OF_A_SESSION} (session_expected))",
        "Registrations that are expected at the sessions that are open.",
    )
    yield number(
        "In the room",
        f"sum({OF_A_SESSION} (session_inside))",
        "Participants whom the platform last reported as in. The console counts registrations.",
    )
    yield number(
        "Not known who",
        f"sum({OF_A_SESSION} (session_unmatched))",
        "Who they are has to be said: bin/holdfast attendance unmatched",
        bad=20,
    )
    yield number(
        "The platform's last word",
        f"max({OF_A_SESSION} (session_silent_seconds))",
        "How long ago it last said anything of a session that is held.",
        unit="s",
        bad=600,
    )
    yield curves(
        "Who is in, beside those expected",
        [
            (f"{OF_A_SESSION} (session_inside)", "in {{course}}/{{session}}"),
            (f"{OF_A_SESSION} (session_expected)", "expected {{course}}/{{session}}"),
        ],
        "Of each session that is open.",
        width=24,
    )
    yield curves(
        "What the platform says, a minute",
        [a_minute("observations_total", "outcome")],
        "Observations, of Zoom's webhooks too. What is refused counts for nobody.",
    )
    yield curves(
        "Since when it has said nothing",
        [(f"{OF_A_SESSION} (session_silent_seconds)", "{{course}}/{{session}}")],
        "While a session is held. With hundreds in it ten minutes are an outage.",
        unit="s",
        line=600,
    )
    yield curves(
        "Join links that were followed, a minute",
        [a_minute('http_requests_total{route="/attendance/join/{token}"}', "status")],
        "303 leads to the meeting, 425 is before the door opens, 410 is a dead link.",
    )
    yield curves(
        "How late messages are",
        [("max(messages_late_seconds)", "oldest that waits")],
        "Mails and texts whose time has come. The last reminder carries the join link.",
        unit="s",
        line=900,
    )
    yield curves(
        "Messages, a minute",
        said("message.sent", "message.failed", per="m"),
        "What mail servers took, and what was given up.",
    )
    yield curves(
        "Requests that fail, a second",
        [a_second('http_requests_total{status=~"5.."}', "job")],
        "Answers of 500 and above.",
    )
    yield table(
        "Seats of the courses to come",
        "max by (course, state) (course_seats)",
        "Sold, held, offered, free, and how many wait for one.",
        value="seats",
    )
    yield tasks_of("attendance")
