"""The models of the client library: made of the contracts, and as tolerant as readers must be."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pydantic
import pytest

from holdfast_client import Event
from holdfast_client.models import (
    MODELS,
    AttendanceLine,
    AttendanceSettled,
    InvoicePaid,
    RegistrationConfirmed,
    RegistrationLine,
)
from services.partners.commands.visible import VISIBLE
from services.partners.domain.rounds import TESTED
from services.partners.domain.visibility import ALWAYS
from shared.contracts import client_models
from shared.contracts.model_text import type_of
from shared.contracts.to_partners import ALL

PACKAGE = Path(__file__).parents[2] / "clients" / "python" / "holdfast_client"
EACH = pytest.mark.parametrize("kind", MODELS, ids=list(MODELS))


def of(kind: str, data: dict[str, Any]) -> Event:
    return Event(
        id="event-1",
        source="/billing",
        type=kind,
        subject="r-1",
        time="2020-10-19T12:00:00Z",
        data=data,
    )


def test_the_files_are_what_the_generator_gives() -> None:
    found = {file.stem: file.read_text() for file in client_models.WHERE.glob("*.py")}
    assert found == client_models.written(), "run `make contracts`"


def test_there_is_a_model_of_whatever_a_partner_can_get_and_of_nothing_else() -> None:
    assert set(MODELS) == {*VISIBLE, TESTED}
    assert set(client_models.ALWAYS) == ALWAYS


@EACH
def test_every_example_is_read_and_written_back_as_it_was(kind: str) -> None:
    example = json.loads(ALL[kind].model_validate(ALL[kind].example).payload())
    read = of(kind, example).read()
    assert type(read) is MODELS[kind]
    written = json.loads(read.model_dump_json())
    assert {name: written[name] for name in example} == example


@EACH
def test_of_an_event_the_ids_alone_are_enough(kind: str) -> None:
    """What a partner sees who is given no field at all."""
    example = json.loads(ALL[kind].model_validate(ALL[kind].example).payload())
    seen = {name: value for name, value in example.items() if name in ALWAYS}
    read = of(kind, seen).read()
    assert read is not None
    assert read.model_dump(exclude_unset=True, mode="json") == seen


def test_values_are_of_their_kinds() -> None:
    paid = of("invoice.paid.v1", dict(ALL["invoice.paid.v1"].example)).of(InvoicePaid)
    assert paid is not None
    assert (paid.total.amount, paid.total.currency) == (19900, "USD")
    assert paid.paid_at.utcoffset().total_seconds() == 0
    settled = of("attendance.settled.v1", dict(ALL["attendance.settled.v1"].example))
    assert isinstance(settled.of(AttendanceSettled).seconds, int)
    assert settled.of(InvoicePaid) is None
    assert type_of({"anyOf": [{"type": "string", "format": "decimal"}, {"type": "null"}]}) == (
        "Decimal | None"
    )


def test_what_a_later_release_adds_passes_at_every_depth() -> None:
    example = json.loads(json.dumps(ALL["invoice.paid.v1"].example))
    example["total"]["taxed"] = "1.50"
    example["tenders"][0]["kind"] = "cowries"
    paid = of("invoice.paid.v1", {**example, "added_in_2031": {"x": 1}}).of(InvoicePaid)
    assert paid.model_extra == {"added_in_2031": {"x": 1}}
    assert paid.total.model_extra == {"taxed": "1.50"}
    assert paid.tenders[0].kind == "cowries"


def test_an_unknown_type_comes_with_its_data_and_without_a_model() -> None:
    strange = of("certificate.framed.v3", {"frame": "oak"})
    assert strange.read() is None
    assert strange.data == {"frame": "oak"}
    assert strange.of(RegistrationConfirmed) is None
    # A new version of a known event is another type.
    assert of("registration.confirmed.v2", {}).read() is None


def test_data_that_are_not_as_their_contract_says_are_told_where_they_are_read() -> None:
    wrong = of("invoice.paid.v1", {"registration_id": "r-1"})
    with pytest.raises(ValueError, match="course_id"):
        wrong.read()


def test_lines_are_sent_with_what_was_set_and_nothing_else() -> None:
    line = RegistrationLine(
        id="cohort-7/31",
        course_id="course-a",
        attendee={"name": "Ada Example", "email": "ada@learners.example", "zone": None},
    )
    assert line.sent() == {
        "type": "registration",
        "id": "cohort-7/31",
        "course_id": "course-a",
        "attendee": {"name": "Ada Example", "email": "ada@learners.example"},
    }
    stay = AttendanceLine(
        id="seat-1",
        course_id="course-a",
        session_id="s1",
        registration_id="r-1",
        joined_at="2020-10-19T22:00:00+02:00",
        left_at="2020-10-19T22:00:00Z",
    )
    assert stay.sent() == {
        "type": "attendance",
        "id": "seat-1",
        "course_id": "course-a",
        "session_id": "s1",
        "registration_id": "r-1",
        "joined_at": "2020-10-19T22:00:00+02:00",
        "left_at": "2020-10-19T22:00:00Z",
    }


def test_a_moment_without_a_zone_is_no_moment() -> None:
    with pytest.raises(pydantic.ValidationError, match="timezone"):
        AttendanceLine(
            id="seat-1",
            course_id="course-a",
            session_id="s1",
            joined_at="2020-10-19T20:00:00",
            left_at="2020-10-19T22:00:00Z",
        )


def test_the_samples_of_its_readme_can_be_read_and_what_they_import_is_there() -> None:
    samples = re.findall(
        r"```python\n(.*?)```", (PACKAGE.parent / "README.md").read_text(), re.DOTALL
    )
    assert len(samples) == 3
    imported = set()
    for sample in samples:
        for node in ast.walk(ast.parse(sample)):
            if isinstance(node, ast.ImportFrom):
                there = importlib.import_module(node.module or "")
                imported |= {alias.name for alias in node.names if hasattr(there, alias.name)}
                assert imported >= {alias.name for alias in node.names}
    assert imported >= {"Holdfast", "Webhooks", "WebhookRefused", "AttendanceLine"}


FORMS = {
    "one of several words": {"enum": ["a", "b"]},
    "one word": {"const": "a"},
    "an object within": {"type": "object", "properties": {"a": {"type": "string"}}},
    "a kind that nobody knows": {"type": "matrix"},
}


@pytest.mark.parametrize("schema", FORMS.values(), ids=FORMS.keys())
def test_a_form_that_the_generator_does_not_know_is_told_and_not_guessed(schema: Any) -> None:
    with pytest.raises(ValueError, match="no type is known"):
        type_of(schema)


def test_the_package_stands_on_httpx_and_pydantic_alone() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    assert {file.name for file in files} >= {"billing_credits.py", "webhooks.py", "client.py"}
    found = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, file
                found.add((node.module or "").partition(".")[0])
    strangers = found - sys.stdlib_module_names
    assert strangers == {"httpx", "pydantic", "holdfast_client"}


def test_it_is_imported_without_anything_of_the_repository(tmp_path: Path) -> None:
    """Elsewhere, where neither `services` nor `shared` can be found."""
    asks = (
        "import sys, holdfast_client, holdfast_client.models as m;"
        "print(len(m.MODELS), sorted(n for n in sys.modules if n in ('shared', 'services')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asks],
        cwd=tmp_path,
        env={"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == f"{len(MODELS)} []"
