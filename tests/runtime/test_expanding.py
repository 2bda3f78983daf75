"""A migration only adds: the release before goes on beside it, and nobody waits for an index."""

import asyncio
import re
import threading
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from packaging.version import Version

from shared.runtime import migrate
from stack.profile import ROOT
from tests.conftest import Database
from tests.runtime.expanding import faults, loaded

# The heads of 0.1.0: there is no release before it that could read anything.
FIRST = {
    "attendance": 10,
    "billing": 13,
    "certificates": 13,
    "notifications": 14,
    "partners": 12,
    "registration": 8,
    "web": 5,
}


def released() -> str:
    """The last version that is out, by the changelog; 0 before the first."""
    dated = re.findall(
        r"^## (\d+\.\d+\.\d+) \(\d{4}-\d\d-\d\d\)$",
        (ROOT / "CHANGELOG.md").read_text(),
        re.MULTILINE,
    )
    return str(max(map(Version, dated), default="0"))


def versions(service: str) -> dict[str, Path]:
    folder = ROOT / "services" / service / "migrations" / "versions"
    return {path.name[:4]: path for path in folder.glob("[0-9]*.py")}


@pytest.mark.parametrize("service", migrate.SERVICES)
def test_the_release_before_can_go_on_with_every_migration(service: str) -> None:
    later = {n: path for n, path in versions(service).items() if int(n) > FIRST[service]}
    assert {n: faults(loaded(path), released()) for n, path in later.items()} == {
        n: [] for n in later
    }, "docs/upgrades.md says how to do it in two releases"


def test_what_partners_got_before_the_first_release_would_not_be_taken_again() -> None:
    files = versions("partners")
    assert {n: faults(loaded(files[n]), "0.1.0") for n in ("0010", "0011", "0012")} == {
        "0010": [
            "intakes: takes the default of mapped away",
            "intakes: takes the default of mapping_version away",
        ],
        "0011": ["intakes: takes the default of counted away"],
        "0012": ["occurrences: builds an index while nobody can write"],
    }


def said(tmp_path: Path, body: str, above: str = "") -> list[str]:
    """What is said of a migration with that upgrade, while 0.3.0 is out."""
    path = tmp_path / "0099_x.py"
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    path.write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"from shared.runtime.migrations import index_beside\n{above}\ndef upgrade():\n{lines}\n"
    )
    return faults(loaded(path), "0.3.0")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("op.drop_column('t', 'c')", "t: drops"),
        ("op.drop_table('t')", "t: drops"),
        ("op.rename_table('t', 'u')", "t: renames"),
        ("op.alter_column('t', 'c', new_column_name='d')", "t: renames c"),
        ("op.alter_column('t', 'c', type_=sa.Integer())", "t: changes the type of c"),
        ("op.alter_column('t', 'c', nullable=False)", "t: narrows c"),
        ("op.alter_column('t', 'c', server_default=None)", "t: takes the default of c away"),
        (
            "op.add_column('t', sa.Column('c', sa.Text(), nullable=False))",
            "t: c is not null and has no default",
        ),
        ("op.create_index('i', 't', ['c'])", "t: builds an index while nobody can write"),
        ("op.create_check_constraint('k', 't', 'c > 0')", "t: narrows"),
        ("op.create_unique_constraint('k', 't', ['c'])", "t: narrows"),
        ("op.create_foreign_key('k', 't', 'u', ['c'], ['d'])", "t: narrows"),
        ("op.execute('ALTER TABLE t DROP COLUMN c')", "drops"),
        ("op.execute('alter table t rename c to d')", "renames"),
        ("op.execute('ALTER TABLE t ALTER c SET NOT NULL')", "narrows"),
        ("op.execute('alter table t alter column c type bigint')", "changes the type of something"),
        ("op.execute('create index i on t (c)')", "builds an index while nobody can write"),
    ],
)
def test_what_the_release_before_could_not_live_with_is_named(
    tmp_path: Path, body: str, told: str
) -> None:
    assert said(tmp_path, body) == [told]


@pytest.mark.parametrize(
    "body",
    [
        "op.add_column('t', sa.Column('c', sa.Text(), nullable=True))",
        "op.add_column('t', sa.Column('c', sa.Text(), nullable=False, server_default=''))",
        "op.alter_column('t', 'c', nullable=True)",
        "op.alter_column('t', 'c', server_default='')",
        "op.drop_index('i', 't')",
        "op.drop_constraint('k', 't')",
        "index_beside(op, 'i', 't', ['c'])",
        "op.execute('create index concurrently i on t (c)')",
        "op.create_table('n', sa.Column('c', sa.Text()))\nop.create_index('i', 'n', ['c'])",
    ],
)
def test_what_only_adds_or_widens_is_taken(tmp_path: Path, body: str) -> None:
    assert said(tmp_path, body) == []


def test_what_no_release_reads_any_more_may_go_and_not_before_that_release_is_out(
    tmp_path: Path,
) -> None:
    drop = "op.drop_column('t', 'c')"
    assert said(tmp_path, drop, "CONTRACTS = '0.3.0'") == []
    assert said(tmp_path, drop, "CONTRACTS = '0.4.0'") == [
        "takes away what is read until 0.4.0, and out is 0.3.0"
    ]


ENV = """\
from alembic import context
from sqlalchemy import MetaData
from shared.runtime.migrate import run_env
run_env(context, MetaData())
"""
INDEX = """\
from alembic import op
from shared.runtime.migrations import index_beside
revision, down_revision, branch_labels, depends_on = "0001", None, None, None
def upgrade():
    index_beside(op, "things_once", "things", ["name"], unique=True)
"""


@pytest.fixture
def indexing(tmp_path: Path, database: Database) -> tuple[Config, str]:
    """One migration that builds an index on `things`, and the database that it is for."""
    url = database("web")
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENV)
    (tmp_path / "versions" / "0001_index.py").write_text(INDEX)
    made = Config()
    made.set_main_option("script_location", str(tmp_path))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    made.set_main_option("version_table", "of_this_test")
    return made, url


async def eventually(con: asyncpg.Connection, question: str) -> None:
    async with asyncio.timeout(60):
        while not await con.fetchval(question):
            await asyncio.sleep(0.05)


async def test_people_write_while_an_index_is_built_and_what_failed_is_built_again(
    indexing: tuple[Config, str],
) -> None:
    made, url = indexing
    first, second = await asyncpg.connect(url), await asyncpg.connect(url)
    await second.execute("drop table alembic_version; create table things (name text)")
    await second.execute("insert into things values ('twice'), ('twice')")
    with pytest.raises(Exception, match="things_once"):
        await asyncio.to_thread(command.upgrade, made, "head")
    left = "select not indisvalid from pg_index where indexrelid = 'things_once'::regclass"
    assert await second.fetchval(left), "Postgres leaves it behind, and it is no good"
    await second.execute("delete from things")

    writing = first.transaction()
    await writing.start()
    await first.execute("insert into things values ('before')")
    failed: list[Any] = []

    def build() -> None:
        try:
            command.upgrade(made, "head")
        except Exception as why:
            failed.append(why)

    building = threading.Thread(target=build)
    building.start()
    waits = (
        "select count(*) from pg_stat_activity where query ~* '^\\s*(create|drop) .*concurrently'"
    )
    await eventually(second, f"{waits} and wait_event_type = 'Lock'")
    # It waits for the one who began before it, and keeps nobody waiting; and who wants to migrate
    # as well asks from time to time, and keeps it from nothing.
    await second.execute("set lock_timeout = '20s'; insert into things values ('meanwhile')")
    third = await asyncpg.connect(url)
    other = asyncio.ensure_future(migrate.turn(lambda: third.fetchval(migrate.TAKE_TURN)))
    await writing.commit()
    await asyncio.to_thread(building.join)
    await asyncio.wait_for(other, 60)
    assert failed == []
    assert await second.fetchval(left) is False
    assert await second.fetchval("select count(*) from things") == 2
    for con in (first, second, third):
        await con.close()
