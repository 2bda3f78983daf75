"""`bin/holdfast export`: what integrators build on, as files, without a stack."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.say import USAGE, Ends
from shared.contracts.asyncapi import asyncapi
from shared.contracts.services import SERVICES
from shared.contracts.to_partners import ALL
from tests.contracts.test_asyncapi import CHECK


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["export", *words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_every_schema_is_a_file_at_the_door_that_is_named(tmp_path: Path) -> None:
    run("schemas", "--out", str(tmp_path / "schemas"), "--url", "https://holdfast.example")
    files = {path.name: json.loads(path.read_text()) for path in (tmp_path / "schemas").iterdir()}
    assert set(files) == {f"{kind}.json" for kind in ALL}
    for name, schema in files.items():
        assert schema["$id"] == f"https://holdfast.example/schemas/{name}"
        assert jsonschema_rs.is_valid(schema, schema["examples"][0])


def test_one_schema_is_printed_or_written(tmp_path: Path) -> None:
    printed = json.loads(run("schemas", "--type", "invoice.paid.v1"))
    assert printed["title"] == "invoice.paid.v1"
    run("schemas", "--type", "invoice.paid.v1", "--out", str(tmp_path / "one.json"))
    assert json.loads((tmp_path / "one.json").read_text()) == printed


def test_asyncapi_is_the_whole_or_one_services(tmp_path: Path) -> None:
    assert json.loads(run("asyncapi")) == json.loads(json.dumps(asyncapi()))
    run("asyncapi", "--service", "billing", "--out", str(tmp_path))
    assert CHECK.is_valid(json.loads((tmp_path / "billing.asyncapi.json").read_text()))


def test_openapi_is_a_file_a_service(tmp_path: Path) -> None:
    run("openapi", "--out", str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{name}.openapi.json" for name in SERVICES
    }
    partners = json.loads((tmp_path / "partners.openapi.json").read_text())
    assert "/partners/v1/inbound" in partners["paths"]
    assert json.loads(run("openapi", "--service", "partners")) == partners


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["schemas", "--type", "hat.lost.v1"], "No event is called hat.lost.v1."),
        (["openapi", "--service", "hats"], "No service is called hats."),
        (["asyncapi", "--service", "hats"], "No service is called hats."),
        (["asyncapi", "--out", "/dev/null/x"], "/dev/null/x cannot be written: Not a directory."),
    ],
    ids=["no-event", "no-service", "no-service-says", "no-place"],
)
def test_what_cannot_be_exported_is_said_with_a_way_on(words: list[str], said: str) -> None:
    with pytest.raises(Ends) as why:
        CliRunner().invoke(app, ["export", *words], catch_exceptions=False)
    assert why.value.message == said
    assert why.value.code == USAGE
    assert why.value.remedy
