"""What the certificate says that staff ask for in another's place."""

from __future__ import annotations

from services.certificates.commands.decide import decision_on
from services.certificates.commands.grants import Grant, granted, said
from services.certificates.models import Award, Certificate, Registration
from shared.runtime.rows import where
from shared.runtime.work import Work


def corrected(
    work: Work,
    reg: Registration,
    old: Certificate,
    pending: Certificate | None,
    *,
    name: str | None,
) -> Grant:
    """What the facts now give, or, where they give nothing, what `old` said, all of it: staff
    decided.

    Of one that says more than the facts give (left as it is, or still asked about) a corrected
    `name` takes nothing away (decision 83): to lower it, staff supersede it without a name.
    `pending` is the one that they asked for before.
    """
    awards = work.find(where(Award, registration_id=reg.registration_id))
    if name and any(one.board == old.board and one.held for one in awards):
        return said(pending if pending is not None and pending.by_staff else old)
    return granted(decision_on(work, reg), old.board) or said(old)
