"""What certificates does by deadline: decide about a course's registrations, make documents."""

from __future__ import annotations

from functools import partial

from services.certificates.commands import (
    approvals,
    banks,
    decide,
    issue,
    issuing,
    keys,
    reissuing,
    reminding,
    retention,
    telling,
)
from services.certificates.commands.office import Office
from services.certificates.documents import Press
from services.certificates.domain.documents import Order
from services.certificates.models import Certificate
from services.certificates.sealing import opened
from services.certificates.signing import new_key
from shared.runtime.due import Due, Dues
from shared.runtime.outside import Recorded
from shared.runtime.plans import needs
from shared.runtime.rows import where
from shared.runtime.work import Work


def dues_of(office: Office, press: Press, concurrency: int) -> Dues:
    """The deadlines of a process, with the office that issues and the press that makes."""
    dues = Dues()
    make_key = partial(new_key, office.secret)
    open_answers = partial(opened, office.secret)
    dues.inside(reminding.KIND)(reminding.look)
    dues.inside(approvals.LOOK)(approvals.look)
    dues.inside(banks.LOOK)(banks.look)
    dues.inside(retention.END)(retention.end)
    dues.walk(
        retention.ERASE,
        over=retention.registrations_of,
        each=retention.erase_one,
        through=retention.erase_course,
    )
    dues.walk("decide_course", over=decide.registrations_of, each=decide.decide_one)

    @dues.inside(telling.TELL)
    @needs(lambda due: [telling.waiting(due)])
    async def tell(work: Work, due: Due) -> None:
        await telling.tell(work, due, open_answers)

    @dues.inside(keys.ROTATE)
    @needs(lambda _: keys.keys_needed())
    async def rotate(work: Work, due: Due) -> None:
        await keys.rotate_when_due(work, due, office, make_key)

    @needs(reissuing.of_reissued)
    async def reissue(work: Work, due: Due) -> None:
        await reissuing.reissue(work, due, office)

    dues.walk(keys.REISSUE, over=lambda due: where(Certificate, key_id=due.ref), each=reissue)

    @needs(issuing.needed)
    async def prepare(work: Work, due: Due) -> Order | None:
        return await issue.prepare(work, due, office, make_key)

    @needs(issuing.needed_to_record)
    async def record(work: Work, done: Recorded) -> None:
        await issue.record(work, done)

    dues.outside(
        "render",
        prepare=prepare,
        act=press.make,
        record=record,
        concurrency=concurrency,
        lease_seconds=60,
        at_once=max(1, concurrency // 2),
    )
    return dues
