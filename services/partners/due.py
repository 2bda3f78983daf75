"""What partners does when its time comes: deliver to endpoints, write partners' own topics, and
forget what was delivered.

Endpoints that fail or are slow have room of their own: however many of them there are, and however
long each of them is waited for, the others go out beside them.
"""

from __future__ import annotations

from services.partners.commands.delivering import prepare
from services.partners.commands.forgetting import FORGET, forget_deliveries
from services.partners.commands.pumps import DELIVER, DELIVER_APART, WRITE
from services.partners.commands.recording import record
from services.partners.commands.streaming import write_stream
from services.partners.courier import LEASE_SECONDS, Courier
from shared.runtime.due import Dues

AT_ONCE = 32  # endpoints in one process; each has up to 16 requests
APART_AT_ONCE = 16


def dues_of(courier: Courier) -> Dues:
    """The deadlines of this service; `courier` is what acts on the world."""
    dues = Dues()
    for kind, endpoints in ((DELIVER, AT_ONCE), (DELIVER_APART, APART_AT_ONCE)):
        dues.outside(
            kind,
            prepare=prepare,
            act=courier.deliver,
            record=record,
            concurrency=endpoints,
            lease_seconds=LEASE_SECONDS,
        )
    dues.inside(FORGET)(forget_deliveries)
    dues.inside(WRITE)(write_stream)
    return dues
