"""By which licence a board serves a person."""

from __future__ import annotations

from services.certificates.commands.knowledge import approval_of, person_of
from services.certificates.domain.eligibility import Served, served
from services.certificates.domain.facts import Person as Holding
from services.certificates.models import Person
from shared.contracts.boards import Board
from shared.contracts.registration import License


def license_of(person: Person, board: Board | None) -> License | None:
    """The licence that makes the board serve this person; the declared profession without one."""
    holding = person_of(person)
    if holding is None:
        return None
    stated = [one for one in holding.licenses if one.state or one.number]
    if board is not None:
        approval = approval_of(board.model_dump(mode="json"))
        stated = [
            one
            for one in stated
            if served(approval, Holding(holding.name, holding.profession, (one,))) is Served.YES
            and (one.profession or holding.profession) in (approval.professions or {one.profession})
        ]
    if not stated:
        return License(profession=holding.profession or "") if board else None
    first = stated[0]
    return License(
        profession=first.profession or holding.profession or "",
        state=first.state or "",
        number=first.number or "",
    )
