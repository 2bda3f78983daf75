"""What follows from a decision, beside what is said of boards: certificates without credit,
documents to be made, and certificates that say more than is now known."""

from __future__ import annotations

from collections.abc import Mapping

from services.certificates.commands.grants import Grant, covers, of_joined, same
from services.certificates.commands.keeping import hold
from services.certificates.domain.awards import Decision, Participation
from services.certificates.domain.words import plain
from services.certificates.models import Award, Certificate, Registration
from shared.runtime.rows import replace, where
from shared.runtime.work import Work


def plan_render(work: Work, reg: Registration, board: str) -> None:
    """A certificate is to be made, now."""
    work.plan_due("render", f"{reg.registration_id}/{board}", work.now)


def plan_due_render(work: Work, reg: Registration, board: str, gives: Grant) -> None:
    """A certificate of what is given, where none that holds says just that.

    Looked at each time, not only when the decision changes: it may have been given before, and not
    when it was to be made. What is being made already has its deadline, and is looked at again
    then; what staff revoked is not made again by itself.
    """
    found = work.find(where(Certificate, registration_id=reg.registration_id))
    issued = {one.status: one for one in found if one.board == board}
    if "preparing" in issued:
        return
    live = issued.get("valid")
    due = not same(gives, live) if live else "revoked" not in issued
    if due:
        plan_render(work, reg, board)


def without_credit(
    work: Work,
    reg: Registration,
    kind: str,
    joined: Participation | None,
    known: Mapping[str, Award],
    decision: Decision,
    *,
    replaced: bool = False,
) -> None:
    """Participation (or presenting, by `kind`) that is due is kept, and its certificate planned
    where none holds that says as much; what is not due any more is not kept as if it were.

    Of one that is out and says more than is so now, or something is unmet of, staff are asked.
    `replaced`: a board's credit takes its place once that is stored.
    """
    found = work.find(where(Certificate, registration_id=reg.registration_id))
    issued = {one.status: one for one in found if one.board == kind}
    live, before = issued.get("valid"), known.get(kind)
    if joined is None or not joined.due:
        if live is None or not replaced:
            _not_due(work, before, live, decision)
        return
    now = Award(
        registration_id=reg.registration_id,
        board=kind,
        version=before.version if before else 0,
        status="granted",
        credits=plain(joined.hours),
        unit="hours",
        sessions=list(joined.sessions),
    )
    if live is not None and before is not None and not covers(of_joined(joined), live):
        hold(work, before, live, decision)
        return
    if now != before:
        work.put(replace(now, version=now.version + 1))
    plan_due_render(work, reg, kind, of_joined(joined))


def _not_due(
    work: Work,
    before: Award | None,
    live: Certificate | None,
    decision: Decision,
) -> None:
    if before is None:
        return
    if live is not None:
        hold(work, before, live, decision)
    elif before.status == "granted":
        work.put(
            replace(before, status="withheld", version=before.version + 1, held=False, kept={})
        )
