"""A person asks to be forgotten: who has nothing before them any more is erased (domain.md §9).

What goes is the record, under all their ids, what anybody wrote at their registrations (but a
complaint of who had the place before, which is theirs), and what was written by them or of them
where a colleague came instead. The tombstone tells every service.
What stays are facts, which name nobody: that an id took part, paid, and was given a certificate.

The tombstone is said once more when Kafka may compact. Kafka never compacts the segment that it
writes to, and begins another only with a record: on a partition where nobody registers any more,
what was said of them would stay for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.registration.commands.complaining import ANSWER, MADE
from services.registration.commands.merging import PersonUnknown, known_in, reading_all
from services.registration.commands.persons import merged_of
from services.registration.commands.steps import written_at
from services.registration.models import Person, PersonChange, Registration, Words
from shared.contracts.registration import PersonRecorded
from shared.errors import Conflict
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.withheld import withhold
from shared.runtime.work import Work

AGAIN = "say_erased_again"  # the deadline
LATER = timedelta(days=8)  # longer than a segment lasts, and a record of people is left alone
_AHEAD = frozenset({"requested", "waitlisted", "offered", "confirmed"})


class StillRegistered(Conflict):
    """There is something before them yet, which has to be cancelled first."""

    slug = "still-registered"


@dataclass(frozen=True)
class Erase:
    """This person, under whatever ids they have; `reason` is a word of ours."""

    person_id: str
    reason: str


def _written(person_id: str) -> list[Query[Words]]:
    """What they wrote, what staff wrote of them, and of them as somebody who came instead."""
    return [
        where(Words, person_id=person_id),
        where(Words, about_id=person_id),
        where(Words, other_id=person_id),
    ]


def _changes_of(person_id: str) -> list[Query[PersonChange]]:
    """What staff said of them and another: whether the two are one, from either side."""
    return [where(PersonChange, person_id=person_id), where(PersonChange, other=person_id)]


def erase_needs(c: Erase) -> Plan:
    """Plan of `erase`: everybody under whose ids they were known, and what was written of them."""
    wanted = yield from reading_all([c.person_id])
    ids = [key[1] for key in wanted if isinstance(key, tuple) and key[0] is Person]
    of_each = yield [known_in(one) for one in ids]
    return [
        *wanted,
        *[written_at(row.registration_id) for rows in of_each for row in rows],
        *[query for one in ids for query in _written(one)],
        *[query for one in ids for query in _changes_of(one)],
    ]


@needs(erase_needs)
async def erase(work: Work, c: Erase) -> list[str]:
    """Erase a person; gives the ids under which they were known. Again changes nothing.

    Raises PersonUnknown, StillRegistered.
    """
    person = work.get(Person, c.person_id)
    if person is None:
        if not work.find(known_in(c.person_id)):
            raise PersonUnknown("There is no such person.")
        return [c.person_id]
    head = (work.get(Person, person.merged_into) if person.merged_into else None) or person
    everybody = [head, *work.find(merged_of(head.person_id))]
    rows = [row for one in everybody for row in work.find(known_in(one.person_id))]
    _require_nothing_ahead(rows)
    ids = [one.person_id for one in everybody]
    for row in rows:
        work.put(replace(row, person_key=None, live_key=None))
        _forget_what_stands_at(work, row, ids)
    for one in everybody:
        for query in _written(one.person_id):  # where a colleague sits by now
            for words in work.find(query):
                work.delete(words)
        for between in _changes_of(one.person_id):
            for change in work.find(between):
                work.put(replace(change, reason=""))
        work.delete(one)
        work.tombstone(PersonRecorded, one.person_id)
        work.plan_due(AGAIN, one.person_id, work.now + LATER)
    withhold(work, [*ids, *(row.registration_id for row in rows)])
    work.audit("person.erased", " ".join(ids), c.reason)
    return ids


@needs(lambda due: [(Person, due.ref)])
async def say_again(work: Work, due: Due) -> None:
    """The same end once more, which begins a segment; whoever hears it has nothing to forget."""
    if work.get(Person, due.ref) is None:
        work.tombstone(PersonRecorded, due.ref)


def _require_nothing_ahead(rows: Sequence[Registration]) -> None:
    ahead = sorted(row.registration_id for row in rows if row.state in _AHEAD)
    if ahead:
        raise StillRegistered(
            "They are registered still. Cancel these registrations first, or wait until the "
            "courses are over.",
            registrations=ahead,
        )


def _forget_what_stands_at(work: Work, row: Registration, ids: list[str]) -> None:
    """All that was written there, but for a complaint of who had the place before: it stays its
    writer's, and waits for its answer."""
    for words in work.find(written_at(row.registration_id)):
        if words.person_id in ids or not {MADE, ANSWER} & words.said.keys():
            work.delete(words)
