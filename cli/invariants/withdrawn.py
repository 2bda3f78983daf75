"""Invariant 1, where the provider cancels: everybody has one outcome, and nothing is kept."""

from collections.abc import AsyncIterator

from cli.invariants.registry import Finding, Outside, invariant


@invariant(
    1,
    "In a cancelled course nobody is left but who may still choose, or staff see to",
    "registration",
)
async def nobody_is_left(outside: Outside) -> AsyncIterator[Finding]:
    # The walk's own deadlines say that it is still under way.
    sql = """
        select r.registration_id, r.state from registrations r
        join withdrawals w on w.course_id = r.course_id and w.session_id = ''
        where r.state in ('requested', 'waitlisted', 'offered', 'confirmed')
          and not (r.state = 'confirmed' and r.choose_until is not null)
          and not exists (select 1 from due d where d.kind like 'withdraw\\_course%'
            and (d.ref = r.course_id or d.ref = r.course_id || '/' || r.registration_id))
          and not exists (select 1 from tasks t where t.kind = 'withdrawal-blocked'
            and t.ref = r.registration_id and t.closed_at is null)
    """
    for row in await outside.rows("registration", sql):
        yield Finding(row["registration_id"], f"still {row['state']}")


@invariant(1, "Where the provider cancelled no fee is kept, and nothing forfeited", "billing")
async def nothing_is_kept(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        select registration_id, outcome, paid_minor, fee_minor from settlements
        where by = 'provider' and cause = 'cancelled' and override is null
          and (fee_minor > 0 or (outcome = 'nothing' and paid_minor > 0))
    """
    for row in await outside.rows("billing", sql):
        detail = f"{row['outcome']} of {row['paid_minor']}, fee {row['fee_minor']}"
        yield Finding(row["registration_id"], detail)
