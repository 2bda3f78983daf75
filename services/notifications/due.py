"""What is done when its time comes: decide anew, and send."""

from __future__ import annotations

from datetime import timedelta

from services.notifications.commands import my_registrations
from services.notifications.commands.apart import SEND_APART, preparing
from services.notifications.commands.digest import begin_of, morning_of, sorts_of, urgent_of
from services.notifications.commands.digest_letter import DIGEST, Desk
from services.notifications.commands.hear import registrations_of
from services.notifications.commands.looking import (
    LOOK,
    beginning,
    prepare_look,
    recording_looks,
)
from services.notifications.commands.planning import FAN_OUT, SEND, decide_again
from services.notifications.commands.recording import record
from services.notifications.commands.sending import prepare
from services.notifications.commands.staff_tasks import BEGIN, URGENT
from services.notifications.postbox import LEASE_SECONDS as LOOK_SECONDS
from services.notifications.postbox import PostOfficeBox
from services.notifications.postman import Postman
from shared.runtime.due import Dues

LEASE_SECONDS = 30
EVERY = timedelta(minutes=5)


def dues_of(
    postman: Postman, desk: Desk, box: PostOfficeBox | None = None, every: timedelta = EVERY
) -> Dues:
    """The deadlines of this service; `postman` is what acts on the world, `desk` is where
    staff are told. `box` is where mails come back to, where one is read, `every` so often."""
    dues = Dues()
    recorded = beginning(record) if box else record
    dues.walk(FAN_OUT, over=registrations_of, each=decide_again)
    dues.outside(
        SEND,
        prepare=prepare,
        act=postman.deliver,
        record=recorded,
        # No more at once than can be spoken for: who waits for a connection uses up the lease.
        concurrency=postman.mailer.connections,
        lease_seconds=LEASE_SECONDS,
    )
    dues.outside(
        SEND_APART,
        prepare=preparing({**sorts_of(desk), **my_registrations.SORTS}),
        act=postman.deliver,
        record=recorded,
        concurrency=1,  # they are few
        lease_seconds=LEASE_SECONDS,
    )
    if box:
        dues.outside(
            LOOK,
            prepare=prepare_look,
            act=box.look,
            record=recording_looks(every),
            concurrency=1,
            lease_seconds=LOOK_SECONDS,
        )
    dues.inside(BEGIN)(begin_of(desk))
    dues.inside(DIGEST)(morning_of(desk))
    dues.inside(URGENT)(urgent_of(desk))
    return dues
