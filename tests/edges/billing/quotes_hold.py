"""Invariant 6 on what a database holds: the quote of each registration, at rising moments."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from services.billing.commands.parts import (
    by_registration,
    came_by,
    paid_parts,
    share_from,
    standing_of,
    was_confirmed,
)
from services.billing.domain.decision import Decision, PolicyUndefined
from services.billing.domain.newer import rule
from services.billing.domain.standing import Standing, judge, judged
from services.billing.models import (
    Course,
    Credit,
    CreditEntry,
    InvoiceLine,
    Payment,
    PaymentPart,
    Refund,
    Registration,
    Settlement,
    Terms,
)
from shared.runtime.rows import build, spec_of

MOMENTS = [timedelta(days=days) for days in (-20, 0, 4, 15, 60)]


class Quotes:
    """Remembers how each stood, for what has not changed needs not be asked again."""

    def __init__(self) -> None:
        self._known: dict[str, Standing] = {}
        self._terms: dict[str, Terms] = {}  # written once

    async def broken(self, con: asyncpg.Connection, now: datetime) -> list[tuple[str, str]]:
        """(registration, what does not hold) of all whose standing changed."""
        found: list[tuple[str, str]] = []
        for registration_id, standing in (await standings(con, self._terms)).items():
            if self._known.get(registration_id) != standing:
                self._known[registration_id] = standing
                found += [(registration_id, what) for what in wrong_with(standing, now)]
        return found


async def standings(con: asyncpg.Connection, terms: dict[str, Terms]) -> dict[str, Standing]:
    """What a quote of each registration is made of, as the API does it for one; `terms` is what is
    known of them, and grows."""
    sql = f"SELECT * FROM {spec_of(Terms).name} WHERE registration_id <> all($1)"
    new = [build(Terms, row) for row in await con.fetch(sql, list(terms))]
    terms |= {each.registration_id: each for each in new}
    rows = {kind: await _all(con, kind) for kind in _KINDS}
    by: dict[Any, dict[str, list[Any]]] = {
        kind: _grouped(rows[kind]) for kind in (Refund, CreditEntry, Settlement)
    }
    lines, parts = by_registration(rows[InvoiceLine]), by_registration(rows[PaymentPart])
    courses = {each.course_id: each for each in rows[Course]}
    credits_ = {each.credit_id: each for each in rows[Credit]}
    found = {}
    for one in rows[Registration]:
        rid = one.registration_id
        entries = by[CreditEntry].get(rid, [])
        own = [line for line in lines.get(rid, []) if line.invoice_id == one.invoice_id]
        came = came_by(rows[Payment], parts.get(rid, []))
        found[rid] = standing_of(
            one,
            terms.get(rid),
            courses.get(one.course_id),
            paid=paid_parts(came, by[Refund].get(rid, []), entries, credits_),
            due=share_from(own, parts.get(rid, []), entries).due,
            confirmed=was_confirmed(one, by[Settlement].get(rid, [])),
        )
    return found


def wrong_with(standing: Standing, now: datetime) -> list[str]:
    """Total, deterministic, never more cash later, and never more than there is."""
    found: list[str] = []
    least, most = None, sum(part.amount for part in judged(standing))
    asked = [(now + gap, False) for gap in MOMENTS] + [(now, True)]
    for moment, by_provider in asked:
        at = standing.counts_from(moment)
        try:
            offered = _offered(standing, at, by_provider=by_provider)
        except PolicyUndefined:
            continue
        except Exception as why:  # whatever it is: a quote is total
            found.append(f"no quote at {moment}: {why!r}")
            continue
        found += [
            f"{decision.cash} and {decision.credited} of {most} at {moment}"
            for decision in offered
            if not 0 <= decision.cash + decision.credited <= most
        ]
        if moment == now and offered != _offered(standing, at, by_provider=by_provider):
            found.append(f"two quotes at {moment}")
        cash = max(decision.cash for decision in offered)
        if not by_provider and least is not None and cash > least:
            found.append(f"{cash} at {moment}, {least} before")
        least = cash
    return found


def _offered(standing: Standing, at: datetime, *, by_provider: bool) -> list[Decision]:
    """What a quote offers: what rules, and, where the learner may choose between two policies, the
    other. Who waits may choose too, so it is the most cash of the two that never grows."""
    if by_provider:
        return [judge(standing, at, by_provider=True)]
    ruled = rule(standing, at)
    return [ruled.decision, *([ruled.other.decision] if ruled.other else [])]


_KINDS: list[Any] = [
    Course,
    Credit,
    CreditEntry,
    InvoiceLine,
    Payment,
    PaymentPart,
    Refund,
    Registration,
    Settlement,
]


def _grouped(rows: Sequence[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.registration_id, []).append(row)
    return found


async def _all(con: asyncpg.Connection, kind: Any) -> list[Any]:
    found = await con.fetch(f"SELECT * FROM {spec_of(kind).name}")
    return [build(kind, row) for row in found]
