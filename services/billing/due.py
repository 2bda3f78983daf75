"""What billing does when its time comes: refunds, look-ups, revenue, codes and ends of credits,
nights."""

from __future__ import annotations

from collections.abc import Callable

from services.billing.commands import (
    compare,
    earn,
    end_credit,
    hints,
    issue_credit,
    reconcile,
    refund,
    remind,
)
from services.billing.commands.credit_note import issue_credit_note
from services.billing.commands.look_at_states import KEEP, LOOK, keep_one, look_at_states
from services.billing.commands.look_up import prepare_look, record_look
from services.billing.commands.night import NIGHT
from services.billing.commands.posting import NOTE
from services.billing.commands.refund import record_refund, submit_refund
from services.billing.gateway import Calls
from shared.runtime.due import Dues


def dues_of(calls: Calls, code_of: Callable[[str], str], reconciler: reconcile.Reconciler) -> Dues:
    """All kinds; `code_of` gives a credit's code from its id."""
    made = Dues()
    made.outside(refund.DUE, prepare=submit_refund, act=calls.refund, record=record_refund)
    made.outside(hints.DUE, prepare=prepare_look, act=calls.look_up, record=record_look)
    made.walk(earn.EARN, over=earn.registrations_of, each=earn.earn_one)
    made.inside(remind.REMIND)(remind.remind)
    made.inside(remind.SETTLED)(remind.close_overdue)
    made.inside(NOTE)(issue_credit_note)
    made.inside(issue_credit.INDEX)(issue_credit.CodeIndex(code_of).write)
    made.inside(end_credit.EXPIRE)(end_credit.expire_credit)
    made.outside(
        reconcile.PULL,
        prepare=reconcile.prepare_pull,
        act=calls.movements,
        record=reconcile.record_pull,
    )
    made.inside(compare.COMPARE)(compare.compare)
    made.inside(LOOK)(look_at_states)
    made.inside(KEEP)(keep_one)
    made.inside(NIGHT)(reconciler.next_night)
    made.inside(reconcile.NIGHTLY)(reconciler.nightly)
    return made
