"""What other services said, and which earlier course a person proved by it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from services.registration.models.base import Base
from shared.runtime.tables import table


@table("invoices")
class Invoice(Base):
    """What billing said of a registration's share of an invoice, which may be for others too.

    `answered`: it was paid, and we said what follows.
    """

    registration_id: str = Field(primary_key=True)
    invoice_id: str = Field(primary_key=True)
    paid_at: datetime | None
    voided_at: datetime | None
    answered: bool


@table(
    "certificates",
    Index(None, "course_id"),
    Index(None, "registration_id"),
    Index(None, "number"),
    copied=True,
)
class Certificate(Base):
    """What certificates said of one: it lives while issued, not revoked and not superseded.

    The number stands here as it is compared, capitals and digits only; it is null of one that is
    only known by what superseded it.
    """

    certificate_id: str = Field(primary_key=True)
    registration_id: str | None
    course_id: str
    number: str | None
    issued: bool
    ended: bool


@table("prerequisites_met")
class PrerequisiteMet(Base):
    """What a person proved of an earlier course for a registration: by which certificate.

    It is null where staff did without. Kept by person, for a substitute proves their own.
    """

    registration_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    course_id: str = Field(primary_key=True)
    certificate_id: str | None
    met_at: datetime


@table("sessions_completed", copied=True)
class SessionDone(Base):
    """A session of which attendance said that it is completed."""

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    completed_at: datetime


@table("credits", copied=True)
class Credit(Base):
    """A credit's id by the digest of its code, so that one can be asked for by its code.

    `holder_id` is a person's id or an organisation's name; nobody else may spend it, unless it is
    `transferable`.
    """

    code_digest: str = Field(primary_key=True)
    credit_id: str
    holder_kind: str
    holder_id: str
    transferable: bool
