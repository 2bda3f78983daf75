"""Which certificate gives way: the older of one board, and "no credit" to credit."""

from __future__ import annotations

from services.certificates.commands import saying
from services.certificates.commands.decide import live_of
from services.certificates.models import NO_BOARD, PARTICIPATION, Certificate, Registration
from shared.runtime.rows import replace, where
from shared.runtime.work import Work


def supersede_by(work: Work, reg: Registration, issued: Certificate) -> None:
    """The one that held until now holds no more, and says which does."""
    old = next(
        (
            one
            for one in work.find(where(Certificate, registration_id=reg.registration_id))
            if one.board == issued.board
            and one.status == "valid"
            and one.certificate_id != issued.certificate_id
        ),
        None,
    )
    if old is None:
        return
    work.put(
        replace(
            old,
            status="superseded",
            superseded_by=issued.certificate_id,
            cause=issued.cause or saying.CORRECTED,
            words=issued.words,
            ended_at=work.now,
        )
    )
    saying.superseded(work, old, issued)


def credit_stands(work: Work, reg: Registration, board: str) -> bool:
    """Whether it would say "no CE credit" beside a board's certificate that holds."""
    return board == PARTICIPATION and bool(live_of(work, reg).keys() - NO_BOARD)


def end_participation(work: Work, reg: Registration, issued: Certificate) -> bool:
    """A board's credit takes the place of a certificate that says there is none; whether one did.

    The credit's own certificate is told by itself and names no other that it replaces: the first of
    several boards ends it, whichever that is.
    """
    old = live_of(work, reg).get(PARTICIPATION)
    if old is None or issued.board in NO_BOARD:
        return False
    ended = replace(
        old,
        status="superseded",
        superseded_by=issued.certificate_id,
        cause=saying.CREDITED,
        ended_at=work.now,
    )
    work.put(ended)
    saying.superseded(work, ended, issued, saying.CREDITED)
    return True
