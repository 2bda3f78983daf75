"""What every letter may say: who writes to whom, about which course, and in whose time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from babel import Locale

from services.notifications import words
from services.notifications.commands.case import Case, Post, Sender
from services.notifications.contents.timetable import timetable
from services.notifications.domain.unsubscribing import UNSUBSCRIBE, stream_of
from services.notifications.domain.zones import known_zone
from shared.dates import parse_instant
from shared.languages import Tongue, marked
from shared.money import Money
from shared.runtime.tokens import PERSONAL, code_of, mint

_WHY = marked(
    "You get this mail because you registered for %(title)s. It tells you what you need to take "
    "part; there is nothing to unsubscribe from."
)
_STOPPABLE = marked(
    "You get this mail because you registered for %(title)s. What you need to take part comes in "
    "other mails."
)
_ANSWERED = marked(
    "You get this mail because you registered for %(title)s. It tells you what you need to take "
    "part; there is nothing to unsubscribe from. Answer it to reach us."
)
CALENDAR = "calendar"  # the kind of the tokens that open a feed of sessions and nothing else


@dataclass(frozen=True)
class Common:
    """The shared names, and the reader's way of saying moments and amounts."""

    names: dict[str, Any]
    locale: Locale
    yours: str
    theirs: str
    sender: Sender

    @property
    def tongue(self) -> Tongue:
        """To say things in the reader's language."""
        return words.tongue(self.locale)

    def money(self, amount: dict[str, Any]) -> str:
        return words.money(Money(amount["amount"], amount["currency"]), self.locale)

    def moments(self, at: str | datetime) -> list[str]:
        """In the learner's zone first, and in the provider's where it differs."""
        return words.moments(_instant(at), self.yours, self.theirs, self.locale)

    def short(self, at: str | datetime) -> str:
        """`Monday, October 5, 2020, 11:59 PM`, in the learner's zone."""
        return words.short(_instant(at), self.yours, self.locale)

    def day(self, at: str | date) -> str:
        """A calendar day; an instant's in the learner's zone."""
        if isinstance(at, str):
            at = parse_instant(at) if "T" in at else date.fromisoformat(at)
        return words.day(at, self.yours, self.locale)

    def file(self, path: str) -> str:
        """A document of theirs, with what opens it."""
        return f"{self.sender.public_url}{path}?t={self.names['page'].rpartition('/')[2]}"

    def credit_code(self, credit_id: str) -> str:
        return code_of(self.sender.secret, "credit", credit_id)

    def certificate_code(self, certificate_id: str) -> str:
        """What `/verify/{code}` takes; no fact carries it."""
        return code_of(self.sender.secret, "certificate", certificate_id)


def common(case: Case, sender: Sender) -> Common:
    """The shared part of every letter."""
    body, person = case.course.body, case.person
    theirs = known_zone(body["zone"])
    yours = known_zone(person.zone, theirs)
    locale = words.locale_of(person.locale)
    version = max(case.registration.token_version, 1)
    about = case.registration.registration_id

    def join(session_id: str) -> str:
        if not case.has_page:
            return ""
        token = mint(sender.secret, "join", f"{about}/{session_id}", version)
        return f"{sender.public_url}/attendance/join/{token}"

    sponsor = body.get("joint_sponsor")
    sessions = timetable(body["sessions"], yours, theirs, locale, join, body["location"])
    live = [session for session in sessions if session["online"] and not session["recorded"]]
    recorded = [session for session in sessions if session["recorded"]]
    dated = len(recorded) < len(sessions)
    names = {
        "lang": locale.language,
        "name": " ".join(person.name.split()),
        "provider": body["provider"],
        "sponsor": sponsor["name"] if sponsor else None,
        "course": {
            "title": body["title"],
            # Of a mixed course only the sessions online have a door, and a recording's is another.
            "online": bool(live),
            "everywhere_online": len(live) == len(sessions),
            "recorded": bool(recorded),
            "opens": live[0]["opens"] if live else None,
        },
        # Of a registration that a colleague has now, no link is for the reader: whatever their
        # letter's template says, it has none to say.
        "page": _page(sender, about, version) if case.has_page else "",
        "sessions": sessions,
        "calendar": _calendar(sender, about, version) if case.has_page and dated else "",
        "foot": _foot(case, sender, words.tongue(locale)),
    }
    return Common(names, locale, yours, theirs, sender)


def _page(sender: Sender, about: str, version: int) -> str:
    """Where all about the registration is, cancelling too."""
    return f"{sender.public_url}/r/{mint(sender.secret, PERSONAL, about, version)}"


def _calendar(sender: Sender, about: str, version: int) -> str:
    """The feed of the sessions, for a calendar to subscribe to."""
    address = sender.public_url.partition(":")[2]
    token = mint(sender.secret, CALENDAR, about, version)
    path = f"/notifications/v1/registrations/{quote(about, safe='')}/calendar.ics"
    return f"webcal:{address}{path}?t={token}"


def stop_of(post: Post, sender: Sender) -> str | None:
    """Where the reader stops mails of this kind; None where they cannot (domain.md §7)."""
    stream, whom = stream_of(post.message.template), post.message.person_id
    if stream is None or whom is None:
        return None
    token = mint(sender.secret, UNSUBSCRIBE, f"{whom}/{stream}", 1)
    return f"{sender.public_url}/notifications/v1/unsubscribe/{token}"


def _foot(case: Case, sender: Sender, tongue: Tongue) -> dict[str, Any]:
    stop = stop_of(case, sender)
    why = _STOPPABLE if stop else _ANSWERED if sender.reply_to else _WHY
    return {"why": tongue.say(why, title=case.course.body["title"]), "stop": stop}


def _instant(at: str | datetime) -> datetime:
    return parse_instant(at) if isinstance(at, str) else at
