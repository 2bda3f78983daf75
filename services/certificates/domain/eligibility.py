"""Whom a board serves: licences × professions × states (domain.md §6)."""

from __future__ import annotations

from enum import StrEnum

from services.certificates.domain.facts import Approval, Person
from shared.states import state_code


class Served(StrEnum):
    """Whether a board serves a person; a licence of no known state leaves it open."""

    YES = "yes"
    NO = "no"
    STATE_MISSING = "state_missing"


def served(approval: Approval, person: Person) -> Served:
    """By at least one licence, or, for a board without states, by the declared profession."""
    if not approval.needs_state:
        professions = {person.profession, *(lic.profession for lic in person.licenses)}
        fits = not approval.professions or bool(approval.professions & professions)
        return Served.YES if fits else Served.NO
    held = person.licenses
    stated = [(lic.profession or person.profession, state_code(lic.state)) for lic in held]
    states = [state for profession, state in stated if _profession_fits(approval, profession)]
    if any(state and _state_fits(approval, state) for state in states):
        return Served.YES
    declared = _profession_fits(approval, person.profession)
    if any(state is None for state in states) or (declared and not states):
        return Served.STATE_MISSING
    return Served.NO


def _profession_fits(approval: Approval, profession: str | None) -> bool:
    return not approval.professions or profession in approval.professions


def _state_fits(approval: Approval, state: str) -> bool:
    if approval.states_in:
        return state in approval.states_in
    return state not in approval.states_out
