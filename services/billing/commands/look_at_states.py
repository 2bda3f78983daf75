"""What is kept of how registrations stand with their invoices is looked at, and put right.

With each comparison with the gateways, so every night after a day on which money may have moved,
and when staff ask for one. While a release is rolled out the one before it takes payments and
makes invoices without keeping a state; and it may come back for a while after any migration. So
nothing is filled once and for all: all are looked at, a page at a time, and those that are not so
get a deadline each, which decides under the locks of the registration.
"""

from __future__ import annotations

from services.billing.commands.account import Account
from services.billing.commands.account_needs import account_needs
from services.billing.commands.keep_state import keep_state
from services.billing.commands.read_shares import read_shares
from services.billing.models import Registration
from shared.runtime.due import Due
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.work import Work

LOOK = "look_at_states"
KEEP = "keep_state"
PAGE = 500
_PAGE = """
SELECT registration_id, invoice_id, invoice_state FROM registrations
WHERE registration_id > $1 ORDER BY registration_id LIMIT $2
"""


@alone
async def look_at_states(work: Work, due: Due) -> None:
    """A page: those of which another state is kept than they have; then the next page."""
    page = await work.con.fetch(_PAGE, due.payload.get("after", ""), PAGE)
    kept = {row["registration_id"]: row["invoice_state"] for row in page}
    billed = {row["registration_id"]: row["invoice_id"] for row in page if row["invoice_id"]}
    for registration_id, share in (await read_shares(work.con.fetch, billed)).items():
        if kept[registration_id] != share.state:
            work.plan_due(KEEP, registration_id, work.now)
    if len(page) == PAGE:
        work.plan_due(LOOK, due.ref, work.now, payload={"after": page[-1]["registration_id"]})


def _needs(due: Due) -> Plan:
    return account_needs(due.ref)


@needs(_needs)
async def keep_one(work: Work, due: Due) -> None:
    """As it stands by now: it may have been put right since."""
    if work.get(Registration, due.ref) is not None:
        keep_state(Account(work, due.ref))
