"""What a cancellation comes to: the one function behind quotes and decisions (domain.md §2).

Pure: the policy document, the kind of product, the start, what was paid, when the request arrived
and who cancels give the outcome, the amounts and the reasons. Total over every document that
`shared.contracts` accepts; a hole is refused as `policy-undefined`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from services.billing.domain.allocation import bear
from services.billing.domain.decision import (
    CREDIT,
    Decision,
    NewCredit,
    Outcome,
    Paid,
    PolicyUndefined,
    Restored,
    Returned,
    Step,
    figure,
)
from services.billing.domain.expiry import DAYS_AT_LEAST, expires_on, restored_until
from services.billing.domain.fees import check_kind, fee_of, names_kind
from services.billing.domain.windows import in_words, window_for, windows_of
from shared.dates import day_of, rfc3339, utc, zone_of
from shared.money import Money

_TICK = timedelta(microseconds=1)
_BACK = {  # by tender; of a card: to the card
    "due": "of the invoice does not have to be paid any more",
    "transfer": "goes back to the bank account it came from",
    "cash": "is given back in cash",
}
_EVERYTHING_BACK: dict[str, Any] = {"outcome": "refund"}


def decide(
    policy: Mapping[str, Any],
    *,
    kind: str,
    starts_at: datetime,
    paid: Sequence[Paid],
    currency: str,
    requested_at: datetime,
    by_provider: bool = False,
    override: Outcome | None = None,
) -> Decision:
    """The outcome of cancelling at `requested_at` (the receipt time), with its trace.

    `override` is a staff member's word: the terms of the policy's first window with that outcome
    then apply, whenever the request came. A fee that the policy does not name is then none.
    """
    # In UTC: Python subtracts and compares instants of one zone by their wall time.
    starts_at, requested_at = utc(starts_at), utc(requested_at)
    zone = str(policy.get("zone") or "")
    if not zone:
        raise PolicyUndefined("The policy names no zone in which its days are counted.")
    if not by_provider and override is None:
        check_kind(windows_of(policy), kind)
    window, steps = _window(policy, kind, starts_at, requested_at, by_provider, override)
    total = Money(sum(part.amount for part in paid), currency)
    if total.amount <= 0:
        nothing = Step("nothing-paid", "Nothing was paid: no fee, and nothing to give back.")
        return Decision("nothing", 0, (), (), None, (*steps, nothing))
    base = {"paid": figure(total.amount, currency)}
    steps.append(Step("base", f"What was actually paid: {total}.", base))
    days = (day_of(requested_at, zone), day_of(starts_at, zone))
    return _apply(policy, window, kind, paid, total, days, by_provider, steps)


def decide_for_learner(
    policy: Mapping[str, Any], starts: Sequence[datetime], **facts: Any
) -> Decision:
    """As `decide`, where the provider moved the start: a move may only help the learner.

    Of the start at purchase and those it was moved to, the one with more cash counts, then the one
    with more credit, then the one whose credit lasts longer; the first where they are equal.
    """
    options = [decide(policy, starts_at=start, **facts) for start in starts]
    best = max(options, key=_worth)  # the first of those that are equal
    if best is options[0]:
        return best
    why = "The provider moved the start, which may only help the learner."
    moved = Step("moved", why, {"start": rfc3339(starts[options.index(best)])})
    return replace(best, trace=(moved, *best.trace))


def _window(
    policy: Mapping[str, Any],
    kind: str,
    starts_at: datetime,
    requested_at: datetime,
    by_provider: bool,
    override: Outcome | None,
) -> tuple[Mapping[str, Any], list[Step]]:
    if by_provider and override is not None:
        said = f"Instead of that, as it was chosen: {override}; without a fee."
        instead = Step("instead", said, {"outcome": override})
        cancelled = Step("provider-cancels", "The provider cancelled: everything back, no fee.")
        return {**_window_with(policy, override), "fee": None}, [cancelled, instead]
    if override is not None:
        said = f"Staff decided otherwise than the policy: {override}."
        why = Step("override", said, {"outcome": override})
        window = _window_with(policy, override)
        if names_kind(window.get("fee"), kind):
            return window, [why]
        hole = Step("hole", f"The policy names no fee for the kind {kind!r}, so none is taken.")
        return {**window, "fee": None}, [why, hole]
    if by_provider:
        own = policy.get("provider_cancels") or {}
        return _EVERYTHING_BACK | own, [Step("provider-cancels", "The provider cancelled.")]
    place, window, end = window_for(policy, starts_at, requested_at)
    words = in_words(window.get("until"))
    until = f", that is {_last_moment(end, policy)}" if end else ""
    received = _local(requested_at, policy)
    because = f"Received {received}; window {place + 1} of the policy runs {words}{until}."
    values = {"received": rfc3339(requested_at), "outcome": window.get("outcome")}
    if end:
        values["ends"] = rfc3339(end - _TICK)
    return window, [Step("window", because, values)]


def _window_with(policy: Mapping[str, Any], outcome: Outcome) -> Mapping[str, Any]:
    for window in windows_of(policy):
        if window.get("outcome") == outcome:
            return window
    return {"outcome": outcome}


def _apply(
    policy: Mapping[str, Any],
    window: Mapping[str, Any],
    kind: str,
    paid: Sequence[Paid],
    total: Money,
    days: tuple[date, date],
    by_provider: bool,
    steps: list[Step],
) -> Decision:
    outcome = window.get("outcome")
    if outcome == "nothing":
        steps.append(Step("nothing", "In this window nothing is given back."))
        return Decision("nothing", 0, (), (), None, tuple(steps))
    if outcome not in {"refund", "credit"}:
        raise PolicyUndefined("A window of the policy has no outcome.")
    fee, why = fee_of(window.get("fee"), kind, total)
    figures = {"fee": figure(fee, total.currency), "paid": figure(total.amount, total.currency)}
    steps.append(Step("fee", f"Fee: {why}.", figures))
    way = str(policy.get("allocation") or "credit_first")
    borne = bear(fee, paid, way, total.currency)
    if fee and len(paid) > 1:
        said = f"The fee is borne {way.replace('_', ' ')}."
        steps.append(Step("allocation", said, {"way": way}))
    left = [replace(p, amount=p.amount - b) for p, b in zip(paid, borne, strict=True)]
    at_least = _at_least(policy) if by_provider else None
    restored = _restore(left, days[0], at_least, steps)
    money = tuple(
        Returned(p.tender, p.amount, p.ref) for p in left if p.tender != CREDIT and p.amount
    )
    if outcome == "refund":
        steps += [
            Step(
                "refund",
                f"{_say(m.amount, total)} {_BACK.get(m.tender, f'goes back to {m.tender}')}.",
                {"amount": figure(m.amount, total.currency), "tender": m.tender},
            )
            for m in money
        ]
        return Decision("refund", fee, money, restored, None, tuple(steps))
    credit = _new_credit(sum(m.amount for m in money), window, days, total, steps)
    return Decision("credit", fee, (), restored, credit, tuple(steps))


def _at_least(policy: Mapping[str, Any]) -> int:
    days = (policy.get("provider_cancels") or {}).get("restored_days")
    return DAYS_AT_LEAST if days is None else int(days)


def runs_on(policy: Mapping[str, Any], old: date | None, requested_at: datetime) -> date | None:
    """Until when a restored credit runs where the provider cancelled at that moment."""
    return restored_until(old, day_of(requested_at, str(policy["zone"])), _at_least(policy))


def _restore(
    left: Sequence[Paid], requested: date, at_least: int | None, steps: list[Step]
) -> tuple[Restored, ...]:
    restored = []
    for part in left:
        if part.tender == CREDIT and part.amount:
            old = part.credit_expires_on
            until = restored_until(old, requested, at_least)
            why = "keeps its expiry" if until == old else "the provider cancelled, so it runs on"
            said = f"What was paid by credit goes back to it; {why}."
            steps.append(Step("restored", said, {"runs_on": until != old}))
            restored.append(Restored(part.amount, until, part.ref))
    return tuple(restored)


def _new_credit(
    amount: int,
    window: Mapping[str, Any],
    days: tuple[date, date],
    total: Money,
    steps: list[Step],
) -> NewCredit | None:
    if not amount:
        return None
    until = expires_on(window.get("expires"), *days)
    lasts = f"until the end of {until}" if until else "without an expiry"
    values = {"amount": figure(amount, total.currency), "until": until and until.isoformat()}
    steps.append(Step("credit", f"A credit of {_say(amount, total)}, {lasts}.", values))
    only_for, anyone = str(window.get("for") or ""), bool(window.get("transferable"))
    return NewCredit(amount, until, only_for, anyone)


def _worth(decision: Decision) -> tuple[int, int, date]:
    new = decision.credit
    lasts = date.max if new is None or new.expires_on is None else new.expires_on
    return decision.cash, decision.credited, lasts


def _say(amount: int, like: Money) -> str:
    return str(Money(amount, like.currency))


def _local(instant: datetime, policy: Mapping[str, Any]) -> str:
    zone = str(policy["zone"])
    return f"{instant.astimezone(zone_of(zone)):%Y-%m-%d %H:%M:%S} {zone}"


def _last_moment(end: datetime, policy: Mapping[str, Any]) -> str:
    return _local(end - _TICK, policy)
