"""A webhook is only a hint: it is stored, then what it names is looked up at the gateway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.billing.commands.dashboard import UNKNOWN as UNKNOWN_REFUND
from services.billing.commands.dashboard import dashboard_needs, record_dashboard
from services.billing.commands.dispute import UNKNOWN, dispute_needs, overturns, record_dispute
from services.billing.commands.hints import DUE
from services.billing.commands.night import plan_night
from services.billing.commands.payment import payment_needs, record_payment
from services.billing.commands.refund import refund_needs
from services.billing.commands.refund_outcome import note_refund
from services.billing.commands.saying import ask_staff
from services.billing.domain.seen import DisputeSeen, Hint, PaymentSeen, RefundSeen, pause_after
from services.billing.models import GatewayEvent, Refund
from shared.runtime.due import Due
from shared.runtime.outside import Recorded
from shared.runtime.plans import Plan, needs
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

NOT_FOUND = "webhook-without-object"  # the tasks
UNREADABLE = "look-up-failing"
_SLOW = timedelta(hours=1)  # between looks at a refund that waits for its end, or that of ours
PATIENCE = 12  # looks at what the gateway, or we, may know of yet: half an hour
TRIES = 2 * PATIENCE  # looks that the gateway did not answer: some hours


@dataclass(frozen=True)
class Heard:
    """A webhook of a gateway, its signature already checked."""

    gateway: str
    hint: Hint


@dataclass(frozen=True)
class Look:
    """What to look up: `kind` is the first part of the webhook's type, such as payment."""

    gateway: str
    kind: str
    object_id: str


@needs(lambda heard: [(GatewayEvent, (heard.gateway, heard.hint.event_id))])
async def store_hint(work: Work, heard: Heard) -> None:
    """Keep a webhook once, by the gateway's id of it, and plan to look."""
    hint = heard.hint
    if work.get(GatewayEvent, (heard.gateway, hint.event_id)) is not None:
        return
    work.put(
        GatewayEvent(
            gateway=heard.gateway,
            event_id=hint.event_id,
            type=hint.type,
            object_id=hint.object_id,
            received_at=work.now,
        )
    )
    look = {"gateway": heard.gateway, "type": hint.type, "object_id": hint.object_id}
    work.plan_due(DUE, f"{heard.gateway}/{hint.event_id}", work.now, payload=look)


async def prepare_look(_work: Work, due: Due) -> Look | None:
    """What the hint was about; what we do not handle is left alone."""
    kind = str(due.payload["type"]).partition(".")[0]
    if kind not in {"payment", "refund", "dispute"}:
        return None
    return Look(str(due.payload["gateway"]), kind, str(due.payload["object_id"]))


def _needs(recorded: Recorded) -> Plan:
    planned = yield from _of_seen(recorded)
    return [*planned, task_key(UNREADABLE, recorded.request.object_id)]


def _of_seen(recorded: Recorded) -> Plan:
    seen = recorded.result
    if isinstance(seen, PaymentSeen):
        return (yield from payment_needs(seen))
    if isinstance(seen, RefundSeen):
        [ours] = (yield [(Refund, seen.key)]) if seen.key else [None]
        if ours is not None:
            return (yield from refund_needs(seen.key))
        return (yield from dashboard_needs(seen))
    if isinstance(seen, DisputeSeen):
        return (yield from dispute_needs(seen))
    return [task_key(NOT_FOUND, recorded.request.object_id)]


@needs(_needs)
async def record_look(work: Work, recorded: Recorded) -> None:
    """Take what the gateway says; ask again later where it did not answer, or does not know yet
    what it has told us of: a webhook that was answered is not sent again."""
    due, seen = recorded.due, recorded.result
    if seen is not None:
        plan_night(work)
    if recorded.error is not None:
        if due.version >= TRIES:
            _ask_why(work, recorded.request)
        _look_again(work, due)
        return
    work.close_task(UNREADABLE, recorded.request.object_id, "it was looked up")
    if isinstance(seen, PaymentSeen):
        found = await record_payment(work, recorded.request.gateway, seen, heard_at=due.due_at)
        if not found and due.version < PATIENCE:
            _look_again(work, due)
    elif isinstance(seen, RefundSeen):
        _take_refund(work, recorded, seen)
    elif isinstance(seen, DisputeSeen):
        await _take_dispute(work, recorded, seen)
    elif due.version < PATIENCE:
        _look_again(work, due)
    else:
        _give_up(work, recorded.request)


def _look_again(work: Work, due: Due) -> None:
    tries = due.version + 1
    later = work.now + pause_after(tries)
    work.plan_due(DUE, due.ref, later, version=tries, payload=due.payload)


async def _take_dispute(work: Work, recorded: Recorded, seen: DisputeSeen) -> None:
    """Of two looks the older may come back last: what overturns a decision is looked at twice."""
    due, gateway = recorded.due, recorded.request.gateway
    if due.version == 0 and overturns(work, seen):
        _look_again(work, due)
    elif not await record_dispute(work, gateway, seen, heard_at=due.due_at):
        _await_payment(work, due, seen)


def _await_payment(work: Work, due: Due, seen: DisputeSeen) -> None:
    """Its payment is not known yet, or not whose it is: that is looked up as well. It is never
    given up: at last staff are asked, and it is looked at once a day."""
    if due.version < PATIENCE:
        look = {"gateway": due.payload["gateway"], "type": "payment", "object_id": seen.payment_id}
        again = f"{due.payload['gateway']}/again/{seen.payment_id}"
        work.plan_due(DUE, again, work.now, payload=look)
        _look_again(work, due)
        return
    ask_staff(
        work,
        UNKNOWN,
        seen.dispute_id,
        "A payer disputes a payment that belongs to nobody here. Find out whose it is.",
        dispute_id=seen.dispute_id,
        payment_id=seen.payment_id,
    )
    _look_slowly(work, due, timedelta(days=1))


def _look_slowly(work: Work, due: Due, pause: timedelta) -> None:
    """It was answered, and there is nothing to be done yet: that is no look that failed."""
    work.plan_due(DUE, due.ref, work.now + pause, version=PATIENCE, payload=due.payload)


def _ask_why(work: Work, look: Look) -> None:
    """Once; it is looked up again all the same."""
    ask_staff(
        work,
        UNREADABLE,
        look.object_id,
        f"The gateway has not let a {look.kind} be looked up for hours. See whether it is "
        "reachable, and whether our key may read that kind of object.",
        gateway_id=look.object_id,
    )


def _give_up(work: Work, look: Look) -> None:
    ask_staff(
        work,
        NOT_FOUND,
        look.object_id,
        f"The gateway told of a {look.kind} that it does not know when asked. Look for it in the "
        "gateway's own list; where it is there, have the gateway send its webhook again.",
        gateway_id=look.object_id,
    )


def _take_refund(work: Work, recorded: Recorded, seen: RefundSeen) -> None:
    """One that we asked for, by its key; or one that was made in the gateway's own dashboard."""
    due = recorded.due
    ours = work.get(Refund, seen.key) if seen.key else None
    if ours is not None:
        note_refund(work, ours, seen)
        return
    came = record_dashboard(work, recorded.request.gateway, seen)
    if came == "done":
        return
    if due.version < PATIENCE:
        _look_again(work, due)
        return
    if came == "wait":
        _look_slowly(work, due, _SLOW)
        return
    ask_staff(
        work,
        UNKNOWN_REFUND,
        seen.refund_id,
        "A refund was made at the gateway that was not asked for here, of a payment that is not "
        "known, or that has less left. Find out why.",
        gateway_refund_id=seen.refund_id,
        payment_id=seen.payment_id,
    )
