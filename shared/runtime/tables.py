"""Tables of a service: one base a service, and the runtime's own tables that come with it.

Base = service_base("billing")

@table("invoices", CheckConstraint("state in ('open', 'paid', 'void')", name="state"))
class Invoice(Base):
    registration_id: str = Field(primary_key=True)
    state: str
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import registry
from sqlalchemy.schema import CheckConstraint
from sqlmodel import Field, SQLModel
from sqlmodel._compat import SQLModelConfig

from shared.runtime.rows import Row
from shared.runtime.table import NAMING, Json, table

__all__ = ["ApiKey", "DeadLetter", "IdempotencyKey", "Json", "Task", "service_base", "table"]

_own = MetaData(naming_convention=NAMING)


class _Base(Row, registry=registry(metadata=_own)):
    model_config = SQLModelConfig(frozen=True)


@table("api_keys", UniqueConstraint("hash"), copied=True)
class ApiKey(_Base):
    """A copy of a key said on the keys' topic: only its hash, its scopes, and whether it lives."""

    key_id: str = Field(primary_key=True)
    hash: str
    scopes: list[str] = Json()
    version: int
    revoked: bool = False
    expires_at: datetime | None = None  # business time


@table("idempotency_keys", Index(None, "created_at"))
class IdempotencyKey(_Base):
    """The first answer to a request that carried an Idempotency-Key (kept by wall time)."""

    scope: str = Field(primary_key=True)  # caller, route and key
    fingerprint: str  # of the body
    status: int
    body: Any = Json()
    created_at: datetime


@table(
    "tasks",
    Index(None, "scope"),
    Index(None, "opened_at", "task_id"),
    Index("ix_tasks_open", "opened_at", "task_id", postgresql_where=text("closed_at IS NULL")),
    Index(None, "task_id"),
)
class Task(_Base):
    """Something that needs a human; at most one is open a kind and ref (`tasks.py`)."""

    kind: str = Field(primary_key=True)
    ref: str = Field(primary_key=True)
    number: int = 1  # rises each time it is opened anew
    task_id: str
    scope: str = ""  # what the service wants to find its tasks by
    about: dict[str, str] = Json(default_factory=dict)  # ids only
    what: str = ""  # what to do, without names; empty where it was opened before this was kept
    opened_at: datetime
    due_at: datetime | None = None
    closed_at: datetime | None = None


@table(
    "dead_letters",
    CheckConstraint("state in ('open', 'ordered')", name="state"),
    Index(None, "died_at", "event_id"),
    Index(None, "topic", "partition", "position"),
)
class DeadLetter(_Base):
    """What this service could not use, until somebody decides (`letters.py`)."""

    event_id: str = Field(primary_key=True)
    consumer: str
    state: str = "open"  # `ordered`: a replay is asked for, and nobody has looked at it yet
    topic: str  # with partition and position: where the record stood
    partition: int
    position: int
    type: str  # empty where the record says none that can be said again
    reason: str
    error: str
    attempts: int
    missing: str  # parts of the record that were too large to be kept
    died_at: datetime  # wall time
    key: bytes | None
    payload: bytes | None
    headers: Any = Json()  # as the outbox keeps them, those of the letter (`dl_`) included


@table("workers")
class WorkerSeen(_Base):
    """A worker that is there, or was a moment ago (`presence.py`); all by wall time."""

    worker_id: str = Field(primary_key=True)
    release: str
    revision: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    partitions: list[Any] | None = Json(
        default=None
    )  # [topic, partition, committed, end, held] each


def service_base(service: str) -> type[SQLModel]:
    """The base of a service's rows, on a registry of its own (no table leaks to a sibling)."""
    metadata = MetaData(naming_convention=NAMING)
    for own in _own.sorted_tables:
        own.to_metadata(metadata)

    class Base(Row, registry=registry(metadata=metadata)):
        model_config = SQLModelConfig(frozen=True)

    Base.__module__ = f"services.{service}.models"
    return Base


# Deleted after the acknowledgement: a row that is there is pending. Vacuumed eagerly, because it
# is filled and emptied all day.
Table(
    "outbox",
    _own,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", UUID(as_uuid=False), nullable=False),
    Column("shard", SmallInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("key", LargeBinary),
    Column("payload", LargeBinary),
    Column("headers", JSONB, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Index(None, "shard", "id"),
)

# One row an event that was handled or given up; kept 45 days of wall time.
Table(
    "inbox",
    _own,
    Column("consumer", Text, primary_key=True),
    Column("event_id", UUID(as_uuid=False), primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("outcome in ('done', 'dead')", name="outcome"),
    Index(None, "received_at"),
)

# Deadlines, delays and retries: `due_at` is business time, `lease_until` wall time. One index
# serves all that look for what is due (`deadlines.LANES`); `ref` is in it for thousands at once.
Table(
    "due",
    _own,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("lane", Text, nullable=False, server_default=""),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("correlation", Text),
    Column("trace", Text),
    Column("lease_until", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False, server_default="0"),
    UniqueConstraint("kind", "ref"),
    Index(None, "kind", "lane", "due_at", "ref"),
)

# Who did what and why: `about` names ids only, `hash` chains it to the row before (`audits.py`).
Table(
    "audit",
    _own,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("trace", Text),
    Column("hash", Text, nullable=False),
    Index(None, "about"),
    info={"append_only": True},
)
