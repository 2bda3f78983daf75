"""Whose registration it is: the operator's, or the learner's whose token lives."""

from __future__ import annotations

from services.registration.models import Registration
from shared.errors import Forbidden, NotFound
from shared.runtime.caller import Caller, for_subject


class RegistrationUnknown(NotFound):
    """There is no such registration."""

    slug = "registration-unknown"


def owned(caller: Caller, registration_id: str, row: Registration | None) -> Registration:
    """The registration, if this caller may act on it.

    A caller without a right to this very id learns nothing about whether it exists.
    """
    if row is None:
        if caller.operator or caller.subject == registration_id:
            raise RegistrationUnknown("There is no such registration.")
        for_subject(caller, registration_id, None)
    assert row is not None
    for_subject(caller, registration_id, row.token_version)
    return row


def by(caller: Caller) -> str:
    """The caller as a history names them."""
    return "learner" if caller.kind == "holder" else caller.name


def only_operator(caller: Caller, what: str) -> None:
    """Refuse what staff alone may say."""
    if not caller.operator:
        raise Forbidden("operator-only", f"Only an operator may {what}.")
