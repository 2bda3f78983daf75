"""A certificate that says more than the facts give, and staff leave as it is: until they get worse
still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.certificates.commands import saying
from services.certificates.domain.awards import Decision
from services.certificates.domain.words import Unmet, plain
from services.certificates.models import PARTICIPATION, PRESENTER, Award, Certificate
from shared.runtime.rows import replace
from shared.runtime.work import Work


@dataclass(frozen=True)
class Keep:
    """Leave a certificate as it is; `words` say why, to operators."""

    certificate_id: str
    words: str


def given(decision: Decision, board: str) -> dict[str, Any]:
    """What the facts give: credits (or hours), sessions, categories, and the conditions unmet; all
    empty where the course has no such board."""
    if board in (PARTICIPATION, PRESENTER):
        joined = decision.joined if board == PARTICIPATION else decision.presenter
        if joined is None:
            return _told("0", (), {}, ())
        return _told(plain(joined.hours), joined.sessions, {}, joined.unmet)
    award = next((one for one in decision.awards if one.board == board), None)
    if award is None:
        return _told("0", (), {}, ())
    return _told(plain(award.earned), award.sessions, award.categories, award.unmet)


def _told(
    credit: str,
    sessions: Sequence[str],
    categories: Mapping[str, Decimal],
    unmet: Sequence[Unmet],
) -> dict[str, Any]:
    return {
        "credits": credit,
        "sessions": list(sessions),
        "categories": {name: plain(hours) for name, hours in categories.items()},
        "unmet": sorted({str(one.condition) for one in unmet}),
    }


def worse(now: Mapping[str, Any], then: Mapping[str, Any]) -> bool:
    """Whether less is given by now than when staff left it, or more is missing."""
    return (
        Decimal(now["credits"]) < Decimal(then["credits"])
        or not set(then["sessions"]) <= set(now["sessions"])
        or not set(now["unmet"]) <= set(then["unmet"])
        or any(
            Decimal(now["categories"].get(name, 0)) < Decimal(hours)
            for name, hours in then["categories"].items()
        )
    )


def hold(work: Work, before: Award, live: Certificate, decision: Decision) -> None:
    """The facts now give less than a certificate that is out: nothing is silently revoked.

    Asked once, and once more where it gets worse than what staff left as it was.
    """
    if before.held and not (before.kept and worse(given(decision, before.board), before.kept)):
        return
    work.put(replace(before, held=True, kept={}))
    saying.ask(
        work,
        live,
        saying.IN_QUESTION,
        live.registration_id,
        "A certificate of this registration says more than is now known, or would not be made now: "
        "attendance, payment or another condition changed. Decide: bin/holdfast certificates keep, "
        "supersede or revoke (docs/session-day.md, step 5).",
    )
