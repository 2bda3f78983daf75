"""The golden schemas, and that the check of them can fail."""

import copy
import json

import pytest

from shared.contracts import schemas
from shared.contracts.catalogue import EVENTS
from shared.contracts.schemas import backward, breaks, close, faults, forward, recorded, schema_of

REQUESTED = "registration.requested.v1"
CONFIRMED = "registration.confirmed.v1"
CANCELLED = "registration.cancelled.v1"


def changed(kind, change):
    old = schema_of(EVENTS[kind])
    new = copy.deepcopy(old)
    change(new)
    return old, new


def add_optional(schema):
    schema["properties"]["added"] = {"type": "string", "default": ""}


def add_nested_optional(schema):
    schema["$defs"]["Scheduled"]["properties"]["added"] = {"type": "string", "default": ""}


def add_required(schema):
    add_optional(schema)
    schema["required"].append("added")


def add_nested_required(schema):
    add_nested_optional(schema)
    schema["$defs"]["Scheduled"]["required"].append("added")


def remove_required(schema):
    schema["required"].remove("price")
    del schema["properties"]["price"]


def change_type(schema):
    schema["properties"]["price"] = {"type": "integer"}


def optional_becomes_required(schema):
    schema["required"].append("token_version")


def open_the_values(schema):
    schema["properties"]["basis"] = {"type": "string"}


def close_the_values(schema):
    schema["properties"]["basis"] = {"type": "string", "enum": ["paid", "free"]}


def as_date(schema):
    schema["properties"]["requested_at"] = {"type": "string", "format": "date"}


def as_text(schema):
    schema["properties"]["requested_at"] = {"type": "string"}


def as_uuid(schema):
    schema["properties"]["requested_at"] = {"type": "string", "format": "uuid"}


def nested_as_date(schema):
    starts_at = schema["$defs"]["Scheduled"]["properties"]["starts_at"]
    assert starts_at["format"] == "date-time"
    starts_at["format"] = "date"


def or_nothing_as_text(schema):
    [instant, nothing] = schema["properties"]["hold_expires_at"]["anyOf"]
    assert instant["format"] == "date-time"
    schema["properties"]["hold_expires_at"]["anyOf"] = [{"type": "string"}, nothing]


def any_reason(schema):
    del schema["properties"]["reason"]["pattern"]


def short_reason(schema):
    schema["properties"]["reason"]["pattern"] = "^[a-z]{1,3}$"


def one_reason(schema):
    schema["properties"]["reason"] = {"type": "string", "const": "hold-ended"}


def test_the_code_says_what_is_recorded_and_breaks_nobody():
    assert faults(recorded()) == []


@pytest.mark.parametrize(
    ("kind", "change", "old_records_readable", "old_readers_content"),
    [
        (REQUESTED, lambda _: None, True, True),
        (REQUESTED, add_optional, True, True),
        (REQUESTED, add_nested_optional, True, True),
        (REQUESTED, add_required, False, True),
        (REQUESTED, add_nested_required, False, True),
        (REQUESTED, remove_required, True, False),
        (REQUESTED, change_type, False, False),
        (REQUESTED, optional_becomes_required, False, True),
        (CONFIRMED, open_the_values, True, False),
        (CONFIRMED, close_the_values, False, True),
        # What readers make of formats and patterns, jsoncompat does not look at.
        (REQUESTED, as_date, False, False),
        (REQUESTED, as_text, True, False),
        (REQUESTED, as_uuid, False, False),
        (REQUESTED, nested_as_date, False, False),
        (REQUESTED, or_nothing_as_text, True, False),
        (CANCELLED, any_reason, True, False),
        (CANCELLED, short_reason, False, False),
        (CANCELLED, one_reason, False, True),
    ],
)
def test_a_change_breaks_whom_it_breaks(kind, change, old_records_readable, old_readers_content):
    old, new = changed(kind, change)
    assert backward(old, new) is old_records_readable
    assert forward(old, new) is old_readers_content


def test_what_refuses_in_one_direction_accepts_in_the_other():
    old, new = changed(REQUESTED, as_text)
    assert backward(new, old) is False
    assert forward(new, old) is True


def test_a_recorded_example_that_the_model_does_not_read_any_more_is_a_fault():
    golden = recorded()
    assert all(version["examples"] for versions in golden.values() for version in versions)
    golden[CANCELLED][0]["examples"] = [EVENTS[CANCELLED].example | {"requested_at": "2020-10-05"}]
    assert faults(golden) == [f"{CANCELLED}: the example of version 1 is not read any more"]


def test_the_check_fails_and_says_who_is_broken():
    old, new = changed(REQUESTED, add_required)
    assert breaks(REQUESTED, [old], new) == [
        f"{REQUESTED}: records of version 1 could not be read any more"
    ]


def test_a_change_is_held_against_every_version_not_the_last_alone():
    first, second = changed(REQUESTED, add_optional)
    third = copy.deepcopy(first)
    third["properties"]["added"] = {"type": "integer"}
    assert breaks(REQUESTED, [first], third) == []
    assert breaks(REQUESTED, [first, second], third) != []


def test_an_event_that_is_gone_or_was_never_recorded_is_a_fault():
    golden = recorded()
    golden["hat.lost.v1"] = golden.pop(CONFIRMED)
    assert faults(golden) == [
        "hat.lost.v1: recorded, but no such event is left",
        f"{CONFIRMED}: not as recorded; run `python -m shared.contracts.schemas record`",
    ]


def test_recording_refuses_a_breaking_change_and_leaves_the_record_alone(
    tmp_path, monkeypatch, capsys
):
    old = copy.deepcopy(recorded())
    old[REQUESTED] = [changed(REQUESTED, change_type)[1]]
    golden = tmp_path / "schemas.json"
    golden.write_text(json.dumps(old))
    monkeypatch.setattr(schemas, "GOLDEN", golden)
    assert schemas.main(["record"]) == 1
    assert REQUESTED in capsys.readouterr().out
    assert json.loads(golden.read_text()) == old


def test_recording_adds_a_version_where_an_optional_field_was_added(tmp_path, monkeypatch):
    old = copy.deepcopy(recorded())
    before = changed(REQUESTED, add_optional)[0]
    del before["properties"]["partner"]
    old[REQUESTED] = [before]
    golden = tmp_path / "schemas.json"
    golden.write_text(json.dumps(old))
    monkeypatch.setattr(schemas, "GOLDEN", golden)
    assert schemas.main(["check"]) == 1
    assert schemas.main(["record"]) == 0
    assert schemas.main(["check"]) == 0
    assert len(json.loads(golden.read_text())[REQUESTED]) == 2


def test_words_are_no_part_of_the_record_but_fields_called_so_are():
    schema = schema_of(EVENTS["course.published.v1"])
    assert "title" in schema["properties"]
    assert "description" in schema["properties"]
    assert "title" not in schema
    assert "description" not in schema["properties"]["policy"]


def test_closing_shuts_objects_but_leaves_maps_open():
    closed = close(
        {
            "type": "object",
            "properties": {
                "map": {"type": "object", "additionalProperties": {"type": "string"}},
                "any": {"type": "object", "additionalProperties": True},
            },
        }
    )
    assert closed["additionalProperties"] is False
    assert closed["properties"]["map"]["additionalProperties"] == {"type": "string"}
    assert closed["properties"]["any"]["additionalProperties"] is True


def test_usage_is_told_to_whoever_types_something_else(capsys):
    assert schemas.main([]) == 2
    assert "record|check" in capsys.readouterr().err
