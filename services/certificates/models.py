"""Tables of certificates. Their order is the order in which a batch locks them.

The course comes first: whoever decides locks it, so that a decision never misses a session that is
being completed at the same moment.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from shared.runtime.tables import Json, service_base, table

PARTICIPATION = "participation"  # in place of a board, where a certificate carries no credit


class Base(service_base("certificates")):  # type: ignore[misc]
    """Rows of this service."""


@table("courses")
class Course(Base):
    """A copy of a course as last published, and what was taught of it.

    `document` is the event's payload, empty while only its sessions were heard of (version 0).
    `taught` is {minutes, at} by session, `at` when that was said; `disclosures` {version, since} by
    the course's version: which one had to be accepted, and from when.
    """

    course_id: str = Field(primary_key=True)
    version: int = 0
    document: dict[str, Any] = Json(default_factory=dict)
    taught: dict[str, dict[str, Any]] = Json(default_factory=dict)
    disclosures: dict[str, dict[str, Any]] = Json(default_factory=dict)
    last_completed_at: datetime | None = None


@table("people")
class Person(Base):
    """A copy of a person as recorded; `erased` keeps an erased one from coming back."""

    person_id: str = Field(primary_key=True)
    version: int = 0
    name: str = ""
    email: str = ""
    profession: str = ""
    licenses: list[dict[str, str]] = Json(default_factory=list)
    erased: bool = False


@table("registrations", Index(None, "course_id", "registration_id"), Index(None, "person_id"))
class Registration(Base):
    """Every fact about one registration, as heard. A stub until registration itself spoke.

    `token_version` is None in a stub. `basis` is what confirmed it; `disclosures` are accepted
    versions by person, for a substitution changes who that is;
    `paid` that the invoice is, or that there was nothing to pay. `ended` is {how, at};
    `outcome` what a cancellation came to. `disputes` is result by dispute id ("open" until
    closed), `attended` {seconds, present, version} by session, `claims` credits by board;
    `given_back` are the sessions of which the share was taken back.
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
    passed_post_test: bool = False


@table("evaluations", Index(None, "course_id"))
class Evaluation(Base):
    """Answers without the person, and without the moment that would give the person away."""

    evaluation_id: str = Field(primary_key=True)
    course_id: str
    form_version: int
    answers: dict[str, Any] = Json(default_factory=dict)


@table("awards", CheckConstraint("status in ('granted', 'withheld')", name="status"))
class Award(Base):
    """What was last said of one board (or participation) and registration.

    `held` is set while a live certificate says more than the facts now give: a human decides.
    """

    registration_id: str = Field(primary_key=True)
    board: str = Field(primary_key=True)
    version: int
    status: str
    credits: str
    unit: str
    sessions: list[str] = Json(default_factory=list)
    unmet: list[dict[str, str]] = Json(default_factory=list)
    held: bool = False


@table(
    "certificates",
    CheckConstraint("status in ('preparing', 'valid', 'superseded', 'revoked')", name="status"),
    UniqueConstraint("number"),
    UniqueConstraint("code"),
    UniqueConstraint("status_list", "status_index"),
    Index(None, "registration_id", "board"),
    Index(None, "course_id", "board"),
    Index(None, "person_id"),
    Index(None, "sha256"),
    Index(
        "ix_certificates_ended",
        "status_list",
        postgresql_where=text("status in ('superseded', 'revoked')"),
    ),
    Index(
        "uq_certificates_preparing",
        "registration_id",
        "board",
        unique=True,
        postgresql_where=text("status = 'preparing'"),
    ),
    # At most one live certificate per registration and board. An exclusion constraint, for it is
    # deferred: the old one and its successor change places within one statement.
    ExcludeConstraint(
        ("registration_id", "="),
        ("board", "="),
        name="one_live",
        using="btree",
        where=text("status = 'valid'"),
        deferrable=True,
        initially="DEFERRED",
    ),
)
class Certificate(Base):
    """A certificate's life. `board` is PARTICIPATION where there is none.

    What verification shows even after its holder was erased stands here; the page with the name,
    the PDF and the credential are the `Document`. `sessions` and `categories` belong to `credits`.
    `name_version`: staff corrected the name, of this version of the person as recorded.
    """

    certificate_id: str = Field(primary_key=True)
    registration_id: str
    course_id: str
    person_id: str
    board: str
    status: str
    number: str
    code: str
    credits: str
    unit: str
    sessions: list[str] = Json(default_factory=list)
    categories: dict[str, str] = Json(default_factory=dict)
    title: str
    provider: str
    issued_at: datetime
    status_list: str
    status_index: int
    sha256: str = ""
    conformance: list[str] = Json(default_factory=list)
    key_id: str = ""
    supersedes: str | None = None
    superseded_by: str | None = None
    name_version: int | None = None
    by_staff: bool = False  # a correction: no decision makes or unmakes it
    cause: str = ""  # why it took another's place, or why it holds no more: a slug
    words: str = ""  # what staff wrote of it: for operators only, gone with the holder
    ended_at: datetime | None = None


@table("documents")
class Document(Base):
    """What a certificate is made from, and what was made: kept, so that its bytes never change.

    `page` is the snapshot that was rendered, `claims` the credential's; an erased holder's row is
    deleted.
    """

    certificate_id: str = Field(primary_key=True)
    page: dict[str, Any] = Json(default_factory=dict)
    credential: dict[str, Any] = Json(default_factory=dict)
    pdf: bytes | None = None
    jwt: str = ""


@table("signing_keys")
class SigningKey(Base):
    """A key pair; the private half is sealed with a key derived from the platform's secret."""

    key_id: str = Field(primary_key=True)
    created_at: datetime
    public: dict[str, Any] = Json(default_factory=dict)
    sealed: str


@table("status_counters")
class StatusCounter(Base):
    """How many places of a year's status lists are taken."""

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    taken: int = 0
