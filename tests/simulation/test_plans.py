"""No statement of a service goes through a table that grows: neither its commands, handlers, sweeps
and calls in some histories, nor whatever can be read of it over HTTP afterwards."""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import urlsplit

import asyncpg

from tests.conftest import _url_of
from tests.simulation.asking import asked
from tests.simulation.cluster import Cluster
from tests.simulation.run import in_a_loop
from tests.simulation.statements import Walk, heard, walks
from tests.simulation.story import story_of
from tests.simulation.telling import Teller
from tests.stage import OPERATOR

HISTORIES = range(1, 6)
# Table → why it may be gone through.
SMALL = {
    "courses": "a provider has thousands",
    "disputes": "few, and each is a task for staff",
    "findings": "what a night's comparison found",
    "gateway_cursors": "one row a gateway",
    "keys": "one row a program that may ask",
    "outbox": "what was said a moment ago; bounded where Kafka is away",
    "overrides": "one row a template and language",
    "partners": "one row a partner",
    "reconciliations": "one row a night",
    "signing_keys": "one row a year",
    "workers": "one row a worker",
}
# A part of a statement → why it may go through a table that grows.
RARE = {
    "min(created_at) FROM checkouts": "once a night, of a gateway that is compared the first time",
    "EXISTS (SELECT FROM checkouts": "once a night; ends at the first row",
    "SELECT number FROM invoices": "once a night: whether a number of the year is missing",
    "UPDATE idempotency_keys SET status = 410": "an erasure; answers are kept three days",
}
# What is asked of lists: what they do not answer without, and each way to narrow them.
_LISTED = ["", "status={}", "course_id=a-course", "from=2020-01-01T00:00:00Z", "of=2020-000001",
           "after=2020-09-14T15:00:00Z/x", "status={}&course_id=a-course&of=x",
           "status={}&course_id=a-course", "status={}&course_id=a-course&after=2020-09-14T15:00:00Z/x",
           "status={}&from=2020-01-01T00:00:00Z&until=2020-12-01T00:00:00Z",
           "status={}&after=2020-09-14T15:00:00Z/x"]  # fmt: skip
ASKED = {
    "/billing/v1/invoices": [query.format("open") for query in _LISTED],
    "/billing/v1/refunds": [query.format("failed") for query in _LISTED],
    "/billing/v1/credits": [query.format("active") for query in _LISTED],
    "/billing/v1/registrations": ["money=2020-000001"],
    "/certificates/v1/certificates": ["printed=2020-AAAA-AAAA-AAAA", "printed=AAAA-AAAA"],
    "/registration/v1/courses": ["", "state=current", "state=open", "state=over"],
    "/registration/v1/courses/{course_id}/registrations": ["", "status=confirmed", "ids=a,b"],
    "/registration/v1/people": ["email=ada@learners.example", "name=ad%20lov"],
}

_IDS = """
SELECT table_name::text, column_name::text FROM information_schema.columns
WHERE table_schema = 'public' AND column_name LIKE '%\\_id' AND data_type = 'text'
"""


def test_no_statement_goes_through_a_table_that_grows(
    cluster: Cluster, postgres_url: str, migrations: dict[str, str]
) -> None:
    found: list[Walk] = []
    counted: dict[str, int] = {}

    async def lives(teller: Teller) -> None:
        with heard() as statements:
            for seed in HISTORIES:
                assert not (await teller.tell(story_of(seed))).wrong
                await _everything_is_read(teller)
        for service, like in migrations.items():
            mine = statements[urlsplit(cluster.urls[service]).path.strip("/")]
            counted[service] = len(mine)
            con = await asyncpg.connect(_url_of(postgres_url, like))
            try:
                found.extend(await walks(con, service, mine))
            finally:
                await con.close()

    in_a_loop(cluster, lives)
    assert min(counted.values()) > 8, f"they are hardly heard: {counted}"
    unknown = [
        one
        for one in found
        if one.table not in SMALL and not any(part in one.statement for part in RARE)
    ]
    assert not unknown, "\n".join(
        f"{one.service}.{one.table}: {one.how}: {one.statement[:900]}" for one in unknown
    )


async def _everything_is_read(teller: Teller) -> None:
    """Every GET of every service, about what is there."""
    for name, service in teller.around.services.items():
        con = teller.around.cluster.looker(name)
        ids: dict[str, str] = defaultdict(lambda: "none")
        for table, column in await con.fetch(_IDS):
            some = await con.fetchval(f'SELECT "{column}" FROM "{table}" LIMIT 1')
            if some and column not in ids:
                ids[column] = some
        for path, calls in service.app.openapi()["paths"].items():
            if "get" in calls:
                one = path.format_map(ids)
                for query in ASKED.get(path, [""]):
                    key = {"authorization": f"Bearer {OPERATOR}"}
                    answer = await asked(service, "GET", f"{one}?{query}", key, None)
                    assert answer.status < 400 or not query, (path, answer.body)
