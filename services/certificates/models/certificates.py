"""What was issued."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from services.certificates.models.base import Base
from shared.runtime.tables import Json, table

# In place of a board, where a certificate carries no credit.
PARTICIPATION, PRESENTER = "participation", "presenter"
NO_BOARD = frozenset({PARTICIPATION, PRESENTER})


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
    """A certificate's life. `board` is PARTICIPATION or PRESENTER where there is none.

    What verification shows even after its holder was erased stands here; the page with the name,
    the claims are its `Document`, PDF and credential its
    `DocumentFile`. `sessions` and `categories` belong to `credits`.
    `person_version` is that of the person as recorded whose name and licence stand there;
    `name_version`: staff corrected the name, of this version of the person. `issued_at` is when it
    was written down, `signed_at` when what was signed came back. `issuer_name` is that of the body
    that issued it by a key of its own; empty: the provider did.
    `rule_version` is that of the board's rule, `evidence` the evidence's version by session, by
    which it was decided.
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
    rule_version: int = 1
    evidence: dict[str, int] = Json(default_factory=dict)
    title: str
    provider: str
    issued_at: datetime
    signed_at: datetime | None = None
    status_list: str
    status_index: int
    sha256: str = ""
    jwt_sha256: str = ""  # of its credential: the one token that was ever made for it
    conformance: list[str] = Json(default_factory=list)
    key_id: str = ""
    issuer_name: str = Field(default="", sa_column_kwargs={"server_default": ""})
    supersedes: str | None = None
    superseded_by: str | None = None
    person_version: int = 0
    name_version: int | None = None
    draft: int = 0  # how often its document was written down; negative when there is none any more
    by_staff: bool = False  # a correction: no decision makes or unmakes it
    cause: str = ""  # why it took another's place, or why it holds no more: a slug
    words: str = ""  # what staff wrote of it: for operators only, gone with the holder
    ended_at: datetime | None = None
