"""What a message tells of sessions: kept with it, so that a change is known for one (domain.md §7).

Written when the message is under way, for then it may arrive; taken back where it did not go out.
Of one that is sent again, written once that has gone out, or may have.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.notifications.domain.course import Said
from services.notifications.domain.moves import last_told
from services.notifications.domain.places import place_of
from services.notifications.domain.story import Held
from services.notifications.models import Course, Message
from shared.dates import parse_instant
from shared.runtime.rows import replace

_ALL = frozenset({"registration_received", "registration_confirmed"})
_ONE = frozenset({"session_changed", "session_cancelled", "reminder_7d", "reminder_1d", "join_1h"})


def telling(message: Message, course: Course) -> dict[str, Any]:
    """What this message, if written now, says of sessions."""
    sessions, room = course.body["sessions"], course.body["location"]
    if message.template == "offer":  # names the first that takes place, and no other
        held = [one for one in sessions if one["status"] != "cancelled"]
        sessions = sorted(held, key=lambda one: (one["starts_at"], one["session_id"]))[:1]
    elif message.template in _ONE:
        sessions = [one for one in sessions if one["session_id"] == message.subject]
    elif message.template not in _ALL:
        return {}
    return {
        one["session_id"]: {
            "version": one["schedule_version"],
            "starts_at": one["starts_at"],
            "ends_at": one["ends_at"],
            "where": place_of(one, room),
            "cancelled": one["status"] == "cancelled",
        }
        for one in sessions
    }


def under_way(message: Message, address: str, said: dict[str, Any] | None = None) -> Message:
    """The intent of a try: whoever finds it later looks for the mail where it went, whatever the
    address is by then. Of one that is sent again stays where the first went, in case this does not
    go out; and of a letter to staff, which has no other."""
    message = replace(message, state="sending", attempts=message.attempts + 1)
    if said is not None:
        message = replace(message, said=said)
    return message if message.resends else replace(message, recipient=address)


def unsaid(message: Message) -> Message:
    """The same where a try did not go out, or came back. Of one that is sent again stays what it
    told before: else nobody would be told how a session is since."""
    if message.resends:
        return message
    of_staff = message.registration_id is None and message.person_id is None
    known = of_staff or message.sent_at is not None
    return replace(message, said={}, recipient=message.recipient if known else "")


def said_of(message: Message) -> dict[str, Said]:
    """The same, read."""
    return {
        session_id: Said(
            version=said["version"],
            starts_at=parse_instant(said["starts_at"]),
            ends_at=parse_instant(said["ends_at"]),
            where=said["where"],
            cancelled=said["cancelled"],
        )
        for session_id, said in message.said.items()
    }


def told_before(message: Message, held: Iterable[Held]) -> Said | None:
    """What whoever gets this message was told by the others of the session it is about."""
    others = [
        one
        for one in held
        if one.person_id == message.person_id and one.message_id != message.message_id
    ]
    return last_told(others, message.subject)
