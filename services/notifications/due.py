"""What is done when its time comes: decide anew, and send."""

from __future__ import annotations

from services.notifications.commands.apart import SEND_APART, Sorts, preparing
from services.notifications.commands.hear import FAN_OUT, registrations_of
from services.notifications.commands.planning import SEND, decide_again
from services.notifications.commands.recording import record
from services.notifications.commands.sending import prepare
from services.notifications.postman import Postman
from shared.runtime.due import Dues

LEASE_SECONDS = 30


def dues_of(postman: Postman, sorts: Sorts) -> Dues:
    """The deadlines of this service; `postman` is what acts on the world, `sorts` are those of
    letters about no registration."""
    dues = Dues()
    dues.walk(FAN_OUT, over=registrations_of, each=decide_again)
    dues.outside(
        SEND,
        prepare=prepare,
        act=postman.deliver,
        record=record,
        # No more at once than can be spoken for: who waits for a connection uses up the lease.
        concurrency=postman.mailer.connections,
        lease_seconds=LEASE_SECONDS,
    )
    dues.outside(
        SEND_APART,
        prepare=preparing(sorts),
        act=postman.deliver,
        record=record,
        concurrency=1,  # they are few
        lease_seconds=LEASE_SECONDS,
    )
    return dues
