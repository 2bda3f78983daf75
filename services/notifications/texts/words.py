"""The words of a text: one sentence of what it is, one address, and how to stop them.

Short by what is billed (`domain/segments.py`): a long title is cut, never the address. Whatever a
provider wrote, a title or a name, stands on one line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from services.notifications import words
from services.notifications.commands.case import Case, Sender
from services.notifications.contents.common import Common, common
from services.notifications.contents.moving import kind_of
from services.notifications.domain.segments import fitted, plain, shortened
from shared.dates import parse_instant
from shared.languages import marked

_NAME = 30  # characters of who writes
_JOIN = marked("%(provider)s: %(title)s begins at %(time)s. Join: %(link)s")
_RUNNING = marked("%(provider)s: %(title)s has begun. Join: %(link)s")
_SWAPPED = marked(
    "%(provider)s: %(title)s goes on in another meeting. Join again by the same link: %(link)s"
)
_MOVED = marked("%(provider)s: %(title)s is moved. It is now on %(day)s at %(time)s. %(link)s")
_PLACE = marked(
    "%(provider)s: %(title)s on %(day)s at %(time)s takes place somewhere else. Where: %(link)s"
)
_ADDED = marked("%(provider)s: %(title)s has a session on %(day)s at %(time)s. %(link)s")
_NOT_HELD = marked(
    "%(provider)s: %(title)s on %(day)s at %(time)s is cancelled. You need not come. %(link)s"
)
_COURSE = marked("%(provider)s: %(title)s is cancelled. You need not come. %(link)s")
_OFFER = marked(
    "%(provider)s: a seat in %(title)s is kept for you until %(day)s at %(time)s. Take it: %(link)s"
)
_STOP = marked("STOP ends these texts.")
_CHANGES = {"moved": _MOVED, "place": _PLACE, "added": _ADDED, "made_up": _ADDED}
Facts = dict[str, str]


def text_of(case: Case, sender: Sender) -> str:
    """The text in the reader's language. Raises TooLongError, and KeyError or StopIteration where
    what it tells of is gone."""
    c = common(case, sender)
    sentence, facts = _WRITERS[case.message.template](case, c)
    provider = shortened(plain(str(c.names["provider"]["name"])), _NAME)
    stop = c.tongue.say(_STOP)

    def say(title: str) -> str:
        said = c.tongue.say(sentence, provider=provider, title=title, **facts)
        return f"{said.replace('.m.. ', '.m. ')} {stop}"  # where 4 p.m. ends a sentence

    return fitted(say, case.course.body["title"])


def _session(case: Case) -> dict[str, Any]:
    about = case.message.subject
    found: dict[str, Any] = next(
        one for one in case.course.body["sessions"] if one["session_id"] == about
    )
    return found


def _when(c: Common, at: str) -> Facts:
    instant = parse_instant(at)
    return {
        "day": words.short_day(instant, c.yours, c.locale),
        "time": words.clock(instant, c.yours, c.locale),
    }


def _join(said: str, case: Case, c: Common) -> tuple[str, Facts]:
    about = case.message.subject
    link = next(one["join"] for one in c.names["sessions"] if one["session_id"] == about)
    starts = _session(case)["starts_at"]
    begun = said == _JOIN and parse_instant(starts) <= case.now
    facts = _when(c, starts) | {"link": link}
    return (_RUNNING if begun else said), facts


def _changed(case: Case, c: Common) -> tuple[str, Facts]:
    session = _session(case)
    return _CHANGES[kind_of(session, case.before)], _when(c, session["starts_at"]) | _page(c)


def _cancelled(case: Case, c: Common) -> tuple[str, Facts]:
    return _NOT_HELD, _when(c, _session(case)["starts_at"]) | _page(c)


def _course(_case: Case, c: Common) -> tuple[str, Facts]:
    return _COURSE, _page(c)


def _offer(case: Case, c: Common) -> tuple[str, Facts]:
    until = max(case.facts["offers"].items(), key=lambda one: parse_instant(one[0]))[1]
    return _OFFER, _when(c, until) | _page(c)


def _page(c: Common) -> Facts:
    return {"link": c.names["page"]}


_WRITERS: Mapping[str, Callable[[Case, Common], tuple[str, Facts]]] = {
    "join_1h": partial(_join, _JOIN),
    "meeting_swapped": partial(_join, _SWAPPED),
    "session_changed": _changed,
    "session_cancelled": _cancelled,
    "course_cancelled": _course,
    "offer": _offer,
}
