"""What the mail of all of somebody's registrations says."""

from __future__ import annotations

from typing import Any

from babel import Locale

from services.notifications import words
from services.notifications.commands.case import Sender
from services.notifications.commands.my_registrations import Theirs
from services.notifications.contents.seat import STATUS
from services.notifications.domain.zones import known_zone
from services.notifications.models import Course, Registration
from shared.dates import parse_instant
from shared.languages import Tongue, marked
from shared.runtime.tokens import PERSONAL, mint

_WHY = marked(
    "You get this mail because somebody, most likely you, asked for the registrations of this "
    "address."
)
_NOBODY = {"name": "Holdfast", "address": ""}  # of no course that is known yet


def mine(case: Theirs, sender: Sender) -> dict[str, Any]:
    """Every name that `my_registrations` uses; the latest course first."""
    locale = words.locale_of(case.person.locale)
    tongue = words.tongue(locale)
    found = sorted(case.registrations, key=_first, reverse=True)
    providers = [course.body["provider"] for _, course in found if course]
    return {
        "lang": locale.language,
        "name": " ".join(case.person.name.split()),
        "provider": providers[0] if providers else _NOBODY,
        "sponsor": None,
        "foot": {"why": tongue.say(_WHY)},
        "count": len(found),
        "registrations": [
            _one(row, course, case.person.zone, sender, tongue, locale) for row, course in found
        ],
    }


def _one(
    row: Registration,
    course: Course | None,
    zone: str,
    sender: Sender,
    tongue: Tongue,
    locale: Locale,
) -> dict[str, Any]:
    token = mint(sender.secret, PERSONAL, row.registration_id, max(row.token_version, 1))
    status = STATUS.get(row.state)
    first = _first((row, course))[0]
    yours = known_zone(zone, course.body["zone"]) if course else ""
    return {
        "title": course.body["title"] if course else row.course_id,
        "status": tongue.say(status) if status else "",
        "first": words.moment(parse_instant(first), yours, locale) if first else "",
        "page": f"{sender.public_url}/r/{token}",
    }


def _first(one: tuple[Registration, Course | None]) -> tuple[str, str]:
    """When the first session begins, as instants are written; empty where it is not known."""
    row, course = one
    sessions = course.body["sessions"] if course else []
    held = [session["starts_at"] for session in sessions if session["status"] != "cancelled"]
    return min(held, default=""), row.registration_id
