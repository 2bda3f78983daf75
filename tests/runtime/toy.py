"""A service small enough to hold in the head: accounts that are opened, fed and closed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import asyncpg
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import Field

from shared.contracts.event import Event, Id
from shared.errors import Conflict, NotFound
from shared.runtime.due import Due, Dues
from shared.runtime.hears import Hears
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.rows import replace, where
from shared.runtime.tables import Json, service_base, table
from shared.runtime.work import Work

TOPIC = "toy.accounts"


class Base(service_base("toy")):  # type: ignore[misc]
    """Rows of the toy."""


@table("banks", CheckConstraint("open_accounts >= 0", name="open_accounts"))
class Bank(Base):
    id: str = Field(primary_key=True)
    open_accounts: int = 0


@table("accounts", UniqueConstraint("bank_id", "place"))
class Account(Base):
    id: str = Field(primary_key=True)
    bank_id: str
    place: int | None = None
    balance: int = 0
    notes: list[Any] = Json(default_factory=list)
    at: datetime | None = None


@table(
    "links", Index("one_active", "account_id", unique=True, postgresql_where=text("active = true"))
)
class Link(Base):
    """One active link an account."""

    id: str = Field(primary_key=True)
    account_id: str
    active: bool = True


@table("entries", Index(None, "bank_id"), append_only=True)
class Entry(Base):
    """What was paid into a bank, whose row is its guard."""

    id: str = Field(primary_key=True)
    bank_id: str
    amount: int = 0


class AccountFed(Event):
    topic: ClassVar[str] = TOPIC
    type: ClassVar[str] = "toyaccount.fed.v1"
    key: ClassVar[str] = "account_id"
    example: ClassVar[dict[str, Any]] = {"account_id": "a", "amount": 1, "n": 0}
    account_id: Id
    amount: int
    n: int = 0


class AccountGrown(Event):
    topic: ClassVar[str] = "toy.grown"
    type: ClassVar[str] = "toyaccount.grown.v1"
    key: ClassVar[str] = "account_id"
    example: ClassVar[dict[str, Any]] = {"account_id": "a", "balance": 1}
    account_id: Id
    balance: int


@dataclass(frozen=True)
class Open:
    account_id: str
    bank_id: str = "b"


@needs(lambda c: [(Bank, c.bank_id), (Account, c.account_id)])
async def open_account(work: Work, c: Open) -> Account:
    bank = work.get(Bank, c.bank_id) or Bank(id=c.bank_id)
    if work.get(Account, c.account_id) is not None:
        raise Conflict("account-open")
    account = Account(id=c.account_id, bank_id=c.bank_id, place=bank.open_accounts, at=work.now)
    work.put(replace(bank, open_accounts=bank.open_accounts + 1))
    work.put(account)
    return account


@dataclass(frozen=True)
class Feed:
    account_id: str
    amount: int
    n: int = 0


@needs(lambda c: [(Account, c.account_id)])
async def feed(work: Work, c: Any) -> Account:
    """Feeds an account, making it where it is not known; refuses 13 after having written."""
    account = work.get(Account, c.account_id) or Account(id=c.account_id, bank_id="none")
    account = replace(
        account, balance=account.balance + c.amount, notes=[*account.notes, [c.amount, c.n]]
    )
    work.put(account)
    work.emit(AccountGrown(account_id=account.id, balance=account.balance))
    if c.amount == 13:
        raise Conflict("unlucky", "13 is refused")
    if c.amount == 666:
        raise ZeroDivisionError("a defect")
    return account


def _first_needs(c: str) -> Plan:
    [bank] = yield [(Bank, c)]
    return (
        [(Bank, bank.id), where(Account, bank_id=bank.id, order=("place",), limit=1)]
        if bank
        else []
    )


@needs(_first_needs)
async def take_first(work: Work, c: str) -> str:
    """Removes the first account of a bank: a query-shaped key."""
    bank = work.get(Bank, c)
    if bank is None:
        raise NotFound("bank-unknown")
    first = work.first(where(Account, bank_id=c, order=("place",), limit=1))
    if first is None:
        raise Conflict("bank-empty")
    work.put(replace(first, bank_id="taken", place=None))
    return first.id


@alone
async def count_accounts(work: Work, c: None) -> int:
    return int(await work.con.fetchval("SELECT count(*) FROM accounts"))


hears = Hears("toy")


@hears(AccountFed)
@needs(lambda e: [(Account, e.account_id)])
async def fed(work: Work, event: AccountFed) -> None:
    await feed(work, event)


def make_dues(world: Any) -> Dues:
    """Deadlines: `grow` inside; `call` acts on the world outside."""
    dues = Dues()

    @dues.inside("grow")
    @needs(lambda due: [(Account, due.ref)])
    async def grow(work: Work, due: Due) -> None:
        await feed(work, Feed(due.ref, int(due.payload.get("amount", 1))))

    @needs(lambda due: [(Account, due.ref)])
    async def prepare(work: Work, due: Due) -> dict[str, Any] | None:
        account = work.get(Account, due.ref)
        return None if account is None else {"account": account.id, "attempt": due.attempts}

    @needs(lambda recorded: [(Account, recorded.due.ref)])
    async def record(work: Work, recorded: Any) -> None:
        account = work.get(Account, recorded.due.ref)
        assert account is not None
        outcome = type(recorded.error).__name__ if recorded.error else recorded.result
        work.put(replace(account, notes=[*account.notes, outcome]))

    dues.outside("call", prepare=prepare, act=world, record=record, lease_seconds=5)
    return dues


async def create(url: str) -> None:
    """The toy's tables, without migrations: it never lives longer than a test."""
    con = await asyncpg.connect(url)
    try:
        for made in Base.metadata.sorted_tables:
            await con.execute(str(CreateTable(made).compile(dialect=postgresql.dialect())))
            for index in made.indexes:
                await con.execute(str(CreateIndex(index).compile(dialect=postgresql.dialect())))
    finally:
        await con.close()


async def empty(url: str) -> None:
    """End all other sessions, and take every row away."""
    con = await asyncpg.connect(url)
    try:
        await con.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        names = ", ".join(made.name for made in Base.metadata.sorted_tables)
        await con.execute(f"TRUNCATE {names} RESTART IDENTITY")
    finally:
        await con.close()
