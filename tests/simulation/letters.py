"""Mails: whoever was to hear of something did, and nobody is reminded of what is not so.

What is to be told is read from its owner, not from notifications; the rules are those of
domain.md §7.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from shared.dates import parse_instant
from tests.simulation.world import World

_OVER = frozenset({"sent", "failed"})  # it went out, or was refused: then staff know
_LATE = _OVER | {"skipped"}  # ... or helps nobody any more

_SEATED = """
SELECT registration_id, '', person_id FROM registrations JOIN courses USING (course_id)
WHERE state IN ('confirmed', 'completed') AND status = 'published'
"""
_WITHDRAWN = """
SELECT DISTINCT registration_id, '', '' FROM history
WHERE act = 'cancel' AND why = 'course-cancelled'
"""
# But of one whose share was taken back.
_SESSIONS = """
SELECT registration_id, s->>'session_id', '' FROM registrations r JOIN courses c USING (course_id)
JOIN course_versions v ON v.course_id = c.course_id AND v.version = c.version,
  jsonb_array_elements(document->'sessions') s
WHERE state = 'completed' AND s->>'status' <> 'cancelled'
  AND (s->>'ends_at')::timestamptz > confirmed_at
  AND NOT EXISTS (SELECT FROM history h WHERE h.registration_id = r.registration_id
    AND act = 'share')
"""
_SETTLED = """
SELECT registration_id, '', '' FROM settlements
WHERE cause = 'cancelled' AND by <> 'provider' AND settled_at IS NOT NULL
"""
_REFUNDS = "SELECT registration_id, refund_id, '' FROM refunds WHERE state = "
# What is tried again by itself is told of by nobody (decision 112); to a card that is gone it is not.
_CLOSED = f"""
{_REFUNDS} 'failed' AND failure = 'instrument' AND NOT EXISTS (
  SELECT FROM dispute_parts d WHERE d.registration_id = refunds.registration_id)
"""
_CERTIFICATES = "SELECT registration_id, certificate_id, '' FROM certificates WHERE status = "
# One that replaces another is told of by the message about that one.
_VALID = """
SELECT c.registration_id, coalesce(o.certificate_id, c.certificate_id), '' FROM certificates c
LEFT JOIN certificates o ON o.certificate_id = c.supersedes AND o.status = 'superseded'
WHERE c.status = 'valid'
"""
# What tells it (one of these templates); who owns it, whom it is about, the message's subject and
# its recipient (empty: any); what may have become of it.
_PROMISED: Sequence[tuple[tuple[str, ...], str, str, frozenset[str]]] = (
    (("registration_confirmed",), "registration", _SEATED, _LATE),
    (("course_cancelled",), "registration", _WITHDRAWN, _OVER),
    (("join_1h", "session_changed"), "registration", _SESSIONS, _LATE),
    (("cancellation_settled",), "billing", _SETTLED, _OVER),
    (("refund_settled",), "billing", f"{_REFUNDS}'succeeded'", _OVER),
    (("refund_failed",), "billing", _CLOSED, _OVER),
    (("certificate_revoked",), "certificates", f"{_CERTIFICATES}'revoked'", _OVER),
    (("certificate_ready", "certificate_superseded"), "certificates", _VALID, _OVER),
)
_MESSAGES = """
SELECT registration_id, template, subject, person_id, covers, state FROM messages
WHERE registration_id IS NOT NULL AND channel = 'mail'
"""


async def unheard(world: World) -> list[str]:
    """Who was never told of something, each as a sentence. Who was erased is told nothing, and it
    is not looked for where anybody was."""
    if any(record.value is None for record in world.log.records(["registration.people"])):
        return []  # by what was said, for the answer of who erased may be lost
    became: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for row in await world.actors["notifications"].rows(_MESSAGES):
        who, template, person = row["registration_id"], row["template"], row["person_id"]
        for subject in (row["subject"], *row["covers"], ""):
            for whom in (person, ""):
                became[who, template, subject, whom].add(row["state"])
    found = []
    for templates, owner, sql, ends in _PROMISED:
        for who, subject, whom in await world.actors[owner].rows(sql):
            states = set().union(*(became[who, one, subject, whom] for one in templates))
            if not states & ends:
                told = " or ".join(sorted(states)) or "not there"
                found.append(f"{who}: {templates[0]} of {subject or 'it'} is {told}")
    return found


# --- as it goes out -------------------------------------------------------------------------------

# Of a session: from how long before it until how long before it; a day is one of the learner's
# calendar, so an hour longer or shorter where clocks change.
_WHEN = {
    "reminder_7d": (timedelta(days=7, hours=1), timedelta(days=5, hours=23)),
    "reminder_1d": (timedelta(days=1, hours=1), timedelta(hours=11)),
    "join_1h": (timedelta(hours=1), timedelta(hours=-2)),
}
_GOING = """
SELECT m.template, m.version, r.state, c.body->>'status' AS status, s AS session
FROM messages m JOIN registrations r USING (registration_id)
JOIN courses c ON c.course_id = m.course_id, jsonb_array_elements(c.body->'sessions') s
WHERE m.message_id = $1 AND s->>'session_id' = m.subject AND m.template = ANY($2)
"""


async def watch(world: World, header: str) -> None:
    """A mail goes out, by its Message-ID: a reminder is of the session as notifications knows it now,
    and in time."""
    if not world.alone:  # something else may be heard at this very moment
        return
    message_id = header.strip("<>").partition("@")[0].partition(".")[0]
    rows = await world.actors["notifications"].rows(_GOING, message_id, list(_WHEN))
    for row in rows:
        world.wrong += [
            f"{row['template']} {message_id} goes out: {why}" for why in _wrong(world, row)
        ]


def _wrong(world: World, row: Mapping[str, Any]) -> Iterator[str]:
    session, now = row["session"], world.clock.now()
    if row["state"] not in ("confirmed", "completed"):
        yield f"to who is {row['state']}"
    if row["status"] != "published" or session["status"] == "cancelled":
        yield "of what is cancelled"
    if row["version"] != session["schedule_version"]:
        yield f"of version {row['version']}, and it is {session['schedule_version']}"
    first, last = _WHEN[row["template"]]
    begins = parse_instant(session["starts_at"])
    if not begins - first <= now <= begins - last:
        yield f"at {now}, and it begins at {begins}"
