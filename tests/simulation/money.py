"""What staff, banks and payers do about money."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from stack.paysim import rules
from tests.simulation.asking import Answer
from tests.simulation.learners import payers, somebody
from tests.simulation.story import Step
from tests.simulation.world import World

_INVOICES = """
SELECT invoice_id, sum(amount_minor)::bigint AS amount FROM invoice_lines
GROUP BY 1 HAVING sum(amount_minor) > 0 ORDER BY 1
"""
_FAILED = """
SELECT refund_id, payment_id FROM refunds r WHERE state = 'failed'
AND NOT EXISTS (SELECT FROM refunds n WHERE n.replaces = r.refund_id) ORDER BY 1
"""
BY_HAND = "SELECT refund_id FROM refunds WHERE gateway = 'bank' AND state = 'requested' ORDER BY 1"


async def goodwill(world: World, step: Step) -> None:
    """Staff give some of it back."""
    if learner := somebody(world, payers(world)):
        amount = world.chance.choice([100, 1000, 3000])
        path = f"/billing/v1/registrations/{learner.registration_id}/refunds"
        body = {"amount": amount, "reason": "A kindness."}
        await world.ask("billing", "POST", path, body, kind="goodwill")


async def goodwill_credit(world: World, step: Step) -> None:
    """Staff give a credit."""
    if learner := somebody(world):
        path = f"/billing/v1/registrations/{learner.registration_id}/credits"
        amount = {"amount": world.chance.choice([700, 3000, 30000]), "currency": "USD"}

        def given(answer: Answer) -> None:
            learner.codes.append(answer.body["code"])

        body = {"amount": amount, "reason": "A kindness."}
        await world.ask("billing", "POST", path, body, then=given, kind="goodwill credit")


async def bank_payment(world: World, step: Step) -> None:
    """Money comes by a bank: all of an invoice, or half."""
    rows = await world.actors["billing"].rows(_INVOICES)
    if rows:
        row = world.chance.choice(rows)
        amount = world.chance.choice([row["amount"], (row["amount"] + 1) // 2])
        body: dict[str, Any] = {
            "amount": {"amount": amount, "currency": "USD"},
            "reference": f"T-{world.chance.randint(1, 3)}",
        }
        path = f"/billing/v1/invoices/{row['invoice_id']}/payments"
        await world.ask("billing", "POST", path, body, kind="bank payment")


async def retry_refund(world: World, step: Step) -> bool:
    """Staff try a refund again that failed, or send it by hand; gives whether they could."""
    rows = await world.actors["billing"].rows(_FAILED)
    if not rows:
        return False
    row = world.chance.choice(rows)
    if await _given_back_there(world, row["payment_id"]):
        return False
    verb = world.chance.choice(["retry", "settle"])
    path = f"/billing/v1/refunds/{row['refund_id']}/{verb}"
    body = {"reference": "by hand"} if verb == "settle" else None
    kind = f"{verb} a failed refund"
    return (await world.ask("billing", "POST", path, body, kind=kind)).good


async def _given_back_there(world: World, payment_id: str) -> bool:
    """Whether some of a payment was given back in the gateway's dashboard, and billing does not
    know it yet: staff look there before they send any money themselves."""
    sql = "SELECT gateway_ref FROM refunds WHERE payment_id = $1"
    known = {row[0] for row in await world.actors["billing"].rows(sql, payment_id)}
    there = world.gateway.store.of_parent("refund", payment_id)
    return any(o["key"] is None and o["status"] != "failed" and o["id"] not in known for o in there)


async def settle_by_hand(world: World, step: Step) -> None:
    """Staff send back what had come by a bank; gives whether there was any."""
    rows = await world.actors["billing"].rows(BY_HAND)
    if rows:
        path = f"/billing/v1/refunds/{world.chance.choice(rows)[0]}/settle"
        await world.ask("billing", "POST", path, {"reference": "by hand"}, kind="settle by hand")


async def dispute(world: World, step: Step) -> None:
    """A payer goes to the bank about a payment; or the bank decides, perhaps anew."""
    store = world.gateway.store
    payments = [one for one in store.all("payment") if one["status"] == "succeeded"]
    if not payments:
        return
    payment = world.chance.choice(payments)
    with suppress(rules.Refused):  # nothing is left of it
        if known := store.of_parent("dispute", payment["id"]):
            rules.close(store, known[0]["id"], world.chance.choice(["won", "lost"]))
        else:
            opened = rules.dispute(store, payment["id"], None, "unrecognized")
            result = world.chance.choice(["won", "lost"])
            store.later("close", opened["id"], 6 * 86_400.0, result=result)
            world.counts["a payment was disputed"] += 1
    world.trace.say(f"   dispute about {payment['id']}")


async def bank_returns(world: World, step: Step) -> None:
    """A bank sends a refund back, perhaps one that had succeeded."""
    refunds = world.gateway.store.all("refund")
    if refunds:
        refund = world.chance.choice(refunds)
        status = world.chance.choice(["succeeded", "failed"])
        rules.settle(world.gateway.store, refund["id"], status)
        world.counts[f"a bank said of a refund: {status}"] += 1
        world.trace.say(f"   refund {refund['id']} {status}")
