"""What is known of a registration."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from services.certificates.models.base import Base
from shared.runtime.tables import Json, table


@table("registrations", Index(None, "course_id", "registration_id"), Index(None, "person_id"))
class Registration(Base):
    """Every fact about one registration, as heard. A stub until registration itself spoke.

    `token_version` is None in a stub. `basis` is what confirmed it; `disclosures` are accepted
    versions by person, for a substitution changes who that is;
    `paid` that the invoice is, or that there was nothing to pay. `ended` is {how, at};
    `outcome` what a cancellation came to. `disputes` is result by dispute id ("open" until
    closed), `attended` {seconds, present, version} by session, `claims` credits by board;
    `given_back` are the sessions of which the share was taken back. `reopened` is {until, words}:
    until when staff keep the evaluation open for this one, and why (gone with the person).
    `post_tests` are {attempts, rises, passed} by person and version of the test (`rises` as in
    `domain.facts.Sat`), `declined` boards by person, and `participation_for` the person who asked
    for a certificate without credit: a substitution takes nothing of these along. `role` is that of
    a complimentary seat, whoever has it; `presented` the sessions, by person, of which staff say
    that they presented them.
    """

    registration_id: str = Field(primary_key=True)
    course_id: str
    person_id: str
    token_version: int | None = None
    basis: str | None = None
    paid: bool = False
    ended: dict[str, str] | None = Json(default=None)
    outcome: str | None = None
    disclosures: dict[str, list[str]] = Json(default_factory=dict)
    disputes: dict[str, str] = Json(default_factory=dict)
    attended: dict[str, dict[str, Any]] = Json(default_factory=dict)
    claims: dict[str, str] = Json(default_factory=dict)
    given_back: list[str] = Json(default_factory=list)
    evaluated_at: datetime | None = None
    reopened: dict[str, str] | None = Json(default=None)
    post_tests: dict[str, dict[str, Any]] = Json(default_factory=dict)
    declined: dict[str, list[str]] = Json(default_factory=dict)
    participation_for: str | None = None
    role: str = ""
    presented: dict[str, list[str]] = Json(default_factory=dict)
