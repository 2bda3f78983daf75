"""Facts in any order, some twice, with mails going out in between: by the end everybody was told
the same, apart from what had gone out before it was overtaken; and nobody twice."""

import random
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from services.notifications.domain.wanted import OF_THE_ORDER
from shared.contracts.attendance import AttendanceSettled, MeetingSwapped
from shared.contracts.billing import CancellationSettled, PaymentFailed, RefundSettled
from shared.contracts.certificates import (
    AwardGranted,
    AwardWithheld,
    CertificateIssued,
    EvaluationSubmitted,
)
from shared.contracts.event import Event
from shared.contracts.registration import (
    RegistrationCancelled,
    RegistrationOffered,
    RegistrationSubstituted,
    RegistrationWaitlisted,
)
from tests.edges.notifications.conftest import World, course, of
from tests.edges.notifications.test_calendar import BEN, Client, moved
from tests.edges.notifications.test_story import NEW_YORKER, PAID, completed, shuffled

MOVED = moved(2)
SUBSTITUTED = [NEW_YORKER, BEN, course(), MOVED, *PAID, of(RegistrationSubstituted)]
OVER = [completed(f"s{n}", f"2020-11-{n + 9:02}T23:15Z") for n in (1, 2, 3, 4)]

# What is heard, until when the clock goes on then, and what may have gone out though it was
# overtaken by what was heard later.
STORIES: dict[str, tuple[list[Event], str, str, set[str]]] = {
    "a seat, a session moved, a meeting swapped": (
        [NEW_YORKER, course(), MOVED, *PAID, of(PaymentFailed), of(MeetingSwapped)],
        "2020-10-19T20:40:00Z", "2020-11-10T12:00:00Z",
        {"payment_failed", "session_changed"},
    ),
    "the waiting list, an offer, paid": (
        [
            NEW_YORKER, course(), PAID[0], of(RegistrationWaitlisted), of(RegistrationOffered),
            *PAID[1:],
        ],
        "2020-09-20T13:00:00Z", "2020-11-10T12:00:00Z",
        {"waitlisted", "offer"},
    ),
    "cancelled in time": (
        [
            NEW_YORKER, course(), MOVED, *PAID, of(RegistrationCancelled),
            of(CancellationSettled), of(RefundSettled),
        ],
        "2020-10-06T05:00:00Z", "2020-11-10T12:00:00Z",
        {"registration_received", "registration_confirmed", "session_changed"},
    ),
    "a colleague comes instead": (
        SUBSTITUTED, "2020-10-10T09:00:00Z", "2020-11-10T12:00:00Z",
        {"registration_received", "registration_confirmed", "receipt", "session_changed",
         "substituted"},
    ),
    "the course is over": (
        [
            NEW_YORKER, course(), *PAID, *OVER,
            *(of(AttendanceSettled, session_id=f"s{n}") for n in (1, 2, 3, 4)),
            of(EvaluationSubmitted), of(AwardGranted), of(AwardWithheld), of(CertificateIssued),
        ],
        "2020-11-14T12:00:00Z", "2020-12-24T12:00:00Z",
        set(),
    ),
}  # fmt: skip
Told = tuple[str, str, str, int]


async def told(world: World, now: str, then: str) -> tuple[set[Told], set[str]]:
    """What went out by the end, and the states of all else."""
    await world.at(now)
    await world.rests()
    await world.at(then)
    rows = await world.dump("messages")
    # What is about the order is told to whoever it was then, and not again to a colleague.
    sent = {
        ("" if r["template"] in OF_THE_ORDER else r["person_id"],)
        + (r["template"], r["subject"], r["version"])
        for r in rows
        if r["sent_at"]
    }
    rest = {row["state"] for row in rows if not row["sent_at"]}
    twice = [k for k, n in Counter(str(m["Message-ID"]) for m in world.post.mails).items() if n > 1]
    assert twice == []
    assert len(world.post.mails) == len(sent)
    return sent, rest


async def clean(world: World, at: str) -> None:
    await world.forget_everything()
    world.post.mails.clear()
    world.post.recipients.clear()
    world.clock.time = datetime.fromisoformat(at)


@pytest.mark.parametrize("name", STORIES)
async def test_whatever_the_order_the_same_is_told(world: World, name: str) -> None:
    events, now, then, overtaken = STORIES[name]
    await clean(world, now)
    await world.hears(*events)
    expected, rest = await told(world, now, then)
    assert len(expected) >= 3
    assert rest <= {"cancelled", "skipped"}
    ids = [str(n) for n in ids_of(len(events))]
    extras = 0
    for seed in range(10):
        await clean(world, now)
        pick = random.Random(f"{name}/{seed}")
        for event, id_ in shuffled(events, ids, seed):
            await world.hears(event, ids=[id_])
            if pick.random() < 0.4:
                await world.rests()
        sent, rest = await told(world, now, then)
        missing, more = expected - sent, sent - expected
        assert not missing, (name, seed)
        assert {template for _, template, _, _ in more} <= overtaken, (name, seed)
        assert rest <= {"cancelled", "skipped"}, (name, seed)
        extras += len(more)
        if name == "a colleague comes instead":
            calendars_are_right(world)
    # Else no order was so bad that anything was overtaken, and this shows nothing.
    assert bool(extras) == bool(overtaken)


def calendars_are_right(world: World) -> None:
    """Whoever comes has the sessions as they are now, whoever does not has none."""
    there: dict[str, Client] = {}
    for mail, to in zip(world.post.mails, world.post.recipients, strict=True):
        there.setdefault(to, Client()).takes(mail)
    assert there[NEW_YORKER.email].shows() == []
    assert there[BEN.email].shows() == [
        "2020-10-19T20:00:00+00:00",
        "2020-10-29T20:00:00+00:00",
        "2020-11-02T21:00:00+00:00",
        "2020-11-09T21:00:00+00:00",
    ]


def ids_of(count: int) -> Iterator[Any]:
    return (uuid.uuid5(uuid.NAMESPACE_OID, str(n)) for n in range(count))
