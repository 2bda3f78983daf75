"""Addresses that are not written to: an operator lifts one, and what waited for it goes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifications.commands.bounces import TROUBLED
from services.notifications.commands.hear import of_person
from services.notifications.commands.recording import address_hash
from services.notifications.commands.waiting import try_again
from services.notifications.models import Bounce, Person, Registration, Suppression
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Plan, needs, together
from shared.runtime.rows import where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work


class SuppressionUnknown(NotFound):
    """Nothing keeps mails from this address."""

    slug = "suppression-unknown"


class SuppressionTheirs(Conflict):
    """Whose number it is wants no texts: only they themselves can want them again."""

    slug = "suppression-theirs"


@dataclass(frozen=True)
class Lift:
    """`people` are those whose mails wait for this address, as far as the caller saw."""

    address_hash: str
    reason: str
    people: Sequence[str] = ()


def _needs(lift: Lift) -> Plan:
    theirs = yield from together([of_person(person_id) for person_id in lift.people])
    return [
        (Suppression, lift.address_hash),
        where(Bounce, address_hash=lift.address_hash),
        task_key(TROUBLED, lift.address_hash),
        *(key for keys in theirs for key in keys),
    ]


@needs(_needs)
async def lift_suppression(work: Work, lift: Lift) -> Suppression:
    """The address is good after all: it is written to again, and what it held back and is still of
    use goes out. Audited, with the reason. Raises SuppressionUnknown, SuppressionTheirs.

    Mails that came back because of a full mailbox count no more.
    """
    known = work.get(Suppression, lift.address_hash)
    if known is None:
        raise SuppressionUnknown("Nothing keeps mails from this address.")
    if known.reason == "stopped":
        raise SuppressionTheirs("They answered STOP: they can answer START, or agree again.")
    work.delete(known)
    for bounce in work.find(where(Bounce, address_hash=lift.address_hash)):
        if bounce.kind == "soft":
            work.delete(bounce)
    work.close_task(TROUBLED, lift.address_hash)
    for person_id in lift.people:
        person = work.get(Person, person_id)
        if person is None or address_hash(person.email) != lift.address_hash:
            continue  # another address meanwhile: that was decided anew when it was heard
        for row in work.find(where(Registration, person_id=person_id)):
            try_again(work, row)
    work.audit("suppression.lifted", lift.address_hash, lift.reason)
    return known
