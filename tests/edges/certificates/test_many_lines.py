"""Ten thousand lines: a roster and an activity file are never in memory as a whole."""

from __future__ import annotations

import csv
import hashlib
import io
import tracemalloc
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.certificates.api import activity_parts
from services.certificates.api.activity_decisions import decisions
from services.certificates.api.rosters import as_csv
from services.certificates.archive import Archive
from services.certificates.models import Certificate, Course, Registration
from shared.runtime.rows import spec_of
from tests.edges.certificates.facts import COURSE, course
from tests.edges.certificates.test_reports import ANCC, PATH, content, send

_PEOPLE = """
INSERT INTO people (person_id, version, name, email, profession, licenses, birth_day, erased)
SELECT 'p' || n, 1, 'Name ' || n, 'x@x.example', 'nurse',
    jsonb_build_array(jsonb_build_object(
        'profession', 'nurse', 'state', 'FL', 'number', 'RN' || n)), '', false
FROM generate_series(1, $1::int) n RETURNING 1
"""
_CERTIFICATES = """
INSERT INTO certificates SELECT (jsonb_populate_record(c, jsonb_build_object(
    'certificate_id', 'c' || n, 'registration_id', 'r' || n, 'person_id', 'p' || n,
    'number', 'n' || n, 'code', 'k' || n, 'status_index', n))).*
FROM certificates c, generate_series(1, $1::int) n WHERE c.certificate_id = 'c0' RETURNING 1
"""
_REGISTRATIONS = """
INSERT INTO registrations SELECT (jsonb_populate_record(r, jsonb_build_object(
    'registration_id', 'r' || n, 'person_id', 'p' || n))).*
FROM registrations r, generate_series(1, $1::int) n WHERE r.registration_id = 'r0' RETURNING 1
"""
_DOCUMENTS = """
INSERT INTO documents (certificate_id, page, credential)
SELECT 'c' || n, jsonb_build_object('name', 'Name ' || n), '{}'
FROM generate_series(1, $1::int) n RETURNING 1
"""


async def people(world: Any, many: int) -> Course:
    """So many certificates of ANCC, all alike but for whom they are for."""
    await world.hears(course(boards=[ANCC]))
    certificate = Certificate(
        certificate_id="c0",
        registration_id="r0",
        course_id=COURSE,
        person_id="p0",
        board="ANCC",
        status="valid",
        number="n0",
        code="k0",
        credits="8.0",
        unit="contact hours",
        title="t",
        provider="p",
        issued_at=datetime(2020, 11, 9, 23, 20, tzinfo=UTC),
        status_list="2020-1",
        status_index=0,
    )
    registration = Registration(registration_id="r0", course_id=COURSE, person_id="p0")
    async with world.db.acquire() as con:
        for row in (certificate, registration):
            spec = spec_of(type(row))
            values = [tuple(getattr(row, column) for column in spec.columns)]
            await con.copy_records_to_table(spec.name, records=values, columns=spec.columns)
        for statement in (_PEOPLE, _CERTIFICATES, _REGISTRATIONS, _DOCUMENTS):
            await con.fetch(statement, many)
        await con.execute("DELETE FROM certificates WHERE certificate_id = 'c0'")
        await con.execute("DELETE FROM registrations WHERE registration_id = 'r0'")
    found = await world.service.app.state.reader.get(Course, COURSE)
    assert found is not None
    return found


async def sizes(chunks: AsyncIterator[bytes]) -> tuple[int, int, str]:
    """The largest part, all of them, and their hash."""
    largest = total = 0
    digest = hashlib.sha256()
    async for chunk in chunks:
        largest, total = max(largest, len(chunk)), total + len(chunk)
        digest.update(chunk)
    return largest, total, digest.hexdigest()


async def zipped(reader: Any, known: Course) -> AsyncIterator[bytes]:
    archive = Archive()
    for name, content_ in (
        ("roster.csv", activity_parts.encoded(as_csv(reader, known))),
        ("decisions.ndjson", decisions(reader, known)),
    ):
        async for chunk in archive.add(name, content_):
            yield chunk
    yield archive.end()


async def test_pages_neither_skip_nor_repeat_a_line(world):
    known = await people(world, 1_203)
    reader = world.service.app.state.reader
    text = "".join([part async for part in as_csv(reader, known)])
    numbers = [row["certificate_number"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert sorted(numbers) == sorted(f"n{n}" for n in range(1, 1_204))
    answer = await send(world)
    assert (answer.status_code, answer.json()["lines"]) == (201, 1_203)
    lines = (await content(world, 1)).decode().splitlines()
    assert {line.split(",")[4] for line in lines} == {f"RN{n}" for n in range(1, 1_204)}
    again = await send(world)
    assert (again.status_code, again.json()["made"]) == (200, [])
    preview = await world.http.get(f"{PATH}/roster?board=ANCC&format=cebroker")
    assert preview.text.count(",sent,") == 1_203


@pytest.mark.extras
@pytest.mark.long
async def test_ten_thousand_lines_are_never_in_memory_at_once(world):
    known = await people(world, 10_000)
    reader = world.service.app.state.reader
    tracemalloc.start()
    try:
        largest, total, _ = await sizes(activity_parts.encoded(as_csv(reader, known)))
        _, peak = tracemalloc.get_traced_memory()
        assert total > 900_000
        assert largest < total / 10
        assert peak < 8_000_000
        tracemalloc.reset_peak()
        parts = [chunk async for chunk in zipped(reader, known)]
        assert max(map(len, parts)) < sum(map(len, parts)) / 2
        with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as file:
            assert file.testzip() is None
            assert file.read("decisions.ndjson").count(b"\n") == 10_000
    finally:
        tracemalloc.stop()
    answer = await send(world)
    assert (answer.status_code, answer.json()["lines"]) == (201, 10_000)
