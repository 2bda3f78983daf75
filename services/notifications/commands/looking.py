"""The mailbox that mails come back to, read every few minutes: each mail is taken once.

How far it was read is written with what came of it, in one transaction; nothing in the mailbox is
changed, so that people can read it too. The first mail that goes out begins it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.notifications.commands.bounces import Back, back_needs, take_back
from services.notifications.models import PostBox
from shared.runtime.due import Command, Due
from shared.runtime.outside import Recorded
from shared.runtime.plans import Plan, needs, plan_of, together
from shared.runtime.rows import replace
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

LOOK = "look_for_returned"
BOX = "returned"  # there is one
AWAY = "mailbox-away"
PATIENCE = timedelta(hours=1)  # that it may be away until a human is asked
_TASK_DAYS = 1
_WHAT = (
    "The mailbox that mails come back to cannot be read, for an hour by now: addresses that do not "
    "work go unnoticed. See to NOTIFICATIONS_IMAP_* and to its server; what came meanwhile is read "
    "then, and this closes by itself."
)


@dataclass(frozen=True)
class Place:
    """Read up to `uid`; uids are of one `validity` (RFC 3501 §2.3.1.1)."""

    validity: int = 0
    uid: int = 0


@dataclass(frozen=True)
class Looked:
    """What lies behind a place, read; `more`: there is more of it."""

    place: Place
    found: tuple[Back, ...] = ()
    more: bool = False


@needs(lambda _due: [(PostBox, BOX)])
async def prepare_look(work: Work, _due: Due) -> Place:
    """From where to read on."""
    box = work.get(PostBox, BOX)
    return Place(box.validity, box.uid) if box else Place()


def recording_looks(every: timedelta) -> Command:
    """The second half of a look; the next comes `every` so often, at once where there is more."""

    @needs(_record_needs)
    async def record_look(work: Work, recorded: Recorded) -> None:
        box = work.get(PostBox, BOX) or PostBox(name=BOX)
        looked = recorded.result
        if not isinstance(looked, Looked):
            _away(work, box)
            work.plan_due(LOOK, BOX, work.now + every)
            return
        for back in looked.found:
            await take_back(work, back)
        place = looked.place
        work.put(
            replace(
                box,
                validity=place.validity,
                uid=place.uid,
                looked_at=work.now,
                away_since=None,
            )
        )
        work.close_task(AWAY, BOX)
        work.plan_due(LOOK, BOX, work.now + (timedelta() if looked.more else every))

    return record_look


def beginning(record: Command) -> Command:
    """What records a mail that went out, and begins the looks where there were none yet."""

    def planned(recorded: Recorded) -> Plan:
        yield [(PostBox, BOX)]
        return (yield from plan_of(record, recorded))

    @needs(planned)
    async def record_and_begin(work: Work, recorded: Recorded) -> None:
        await record(work, recorded)
        if work.get(PostBox, BOX) is None:
            work.plan_due(LOOK, BOX, work.now)

    return record_and_begin


def _record_needs(recorded: Recorded) -> Plan:
    looked = recorded.result
    found = looked.found if isinstance(looked, Looked) else ()
    theirs = yield from together([back_needs(back) for back in found])
    return [(PostBox, BOX), task_key(AWAY, BOX), *(key for keys in theirs for key in keys)]


def _away(work: Work, box: PostBox) -> None:
    since = box.away_since or work.now
    work.put(replace(box, away_since=since))
    if work.now - since >= PATIENCE:
        work.open_task(AWAY, BOX, _WHAT, {}, work.now + timedelta(days=_TASK_DAYS))
