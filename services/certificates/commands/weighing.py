"""What revoking, superseding and keeping a certificate would each mean, before one is done.

By the same rules as doing it, and nothing is written but that somebody was shown whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.certificates.commands.allowing import keepable, known, replaceable, revocable
from services.certificates.commands.correcting import corrected
from services.certificates.commands.decide import decision_on
from services.certificates.commands.draft import Draft, draft_of
from services.certificates.commands.keeping import given
from services.certificates.commands.redrafting import name_on_its_way
from services.certificates.commands.staff import of_certificate
from services.certificates.commands.unfinished import pending_of
from services.certificates.models import Award, Certificate, Document, Registration
from shared.errors import Refusal
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import where
from shared.runtime.work import Work

_ANY_NAME = "-"  # which one it is changes nothing of what is given


@dataclass(frozen=True)
class Weigh:
    """Look at a certificate that is out."""

    certificate_id: str


@dataclass(frozen=True)
class Weighed:
    """A certificate, the name on it (None: erased) and what each act would come to.

    `facts` is what they give by now (`keeping.given`), None where they are gone. `held`: somebody
    is asked about it. `pending` is being made in its place. `revoke`, `supersede` and `keep` are
    the refusals, None where it can be done; `plain` is what would be made without a name, `named`
    with one.
    """

    issued: Certificate
    holder: str | None
    facts: Mapping[str, Any] | None
    held: bool
    pending: Certificate | None
    revoke: Refusal | None
    supersede: Refusal | None
    keep: Refusal | None
    plain: Draft | None = None
    named: Draft | None = None
    name_corrected: bool = False  # by staff, on one that is on its way: it stays so


def _weigh_needs(c: Weigh) -> Plan:
    """Only read, not locked: whoever looks keeps nobody waiting."""
    wanted = yield from of_certificate(c.certificate_id)
    yield [*wanted, (Document, c.certificate_id)]
    return []


@needs(_weigh_needs)
async def weigh(work: Work, c: Weigh) -> Weighed:
    """What could be done with it, and what that would mean. Raises NotFound."""
    issued = known(work, c.certificate_id)
    work.audit("certificate.weighed", issued.certificate_id)
    document = work.get(Document, issued.certificate_id)
    reg = work.get(Registration, issued.registration_id)
    pending = pending_of(work, issued.registration_id, issued.board)
    refused, plain, named, name = None, None, None, None
    try:
        of, person = replaceable(work, issued)
        name = name_on_its_way(work, pending, person)
        grant = corrected(work, of, issued, pending, name=None)
        plain = draft_of(work, of, issued.board, grant, name=name, after=issued)
        grant = corrected(work, of, issued, pending, name=_ANY_NAME)
        named = draft_of(work, of, issued.board, grant, name=_ANY_NAME, after=issued)
    except Refusal as why:
        refused = why
    return Weighed(
        issued,
        str(document.page["name"]) if document is not None else None,
        _facts(work, reg, issued.board),
        _held(work, issued),
        pending,
        revoke=_refusal(revocable, issued),
        supersede=refused,
        keep=_refusal(keepable, issued),
        plain=plain,
        named=named,
        name_corrected=name is not None,
    )


def _facts(work: Work, reg: Registration | None, board: str) -> Mapping[str, Any] | None:
    if reg is None:
        return None
    decision = decision_on(work, reg)
    return given(decision, board) if decision.awards or decision.joined else None


def _held(work: Work, issued: Certificate) -> bool:
    awards = work.find(where(Award, registration_id=issued.registration_id))
    return any(one.board == issued.board and one.held and not one.kept for one in awards)


def _refusal(check: Callable[[Certificate], None], issued: Certificate) -> Refusal | None:
    try:
        check(issued)
    except Refusal as why:
        return why
    return None
