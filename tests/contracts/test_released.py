"""What was released is kept: the check finds whatever is taken away, narrowed or newly asked for."""

import copy
import hashlib
import json

import jsonschema_rs
import pytest

from shared.contracts import released as gate
from shared.contracts.fields import fields_of
from shared.contracts.released import FOLDER, REMEDY, faults, released, today

# A version that is out is never written again: its line here is added when it is kept, by hand.
KEPT = {
    "0.1.0": "f1e684557fc00608d95fc684c6fcdbdb3332c5fc948a629b2282bf7232cda8f8",
}
PAID = "invoice.paid.v1"
REQUESTED = "registration.requested.v1"


def test_what_is_out_is_as_it_was():
    found = {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.json")
    }
    assert found == KEPT


@pytest.mark.parametrize("version", KEPT)
def test_what_is_out_is_whole(version):
    events = released()[version]
    assert len(events) >= 50
    for said in events.values():
        assert set(said) == {"topic", "key", "schema", "example"}
        assert jsonschema_rs.is_valid(said["schema"], said["example"])


def test_todays_contracts_keep_every_version_that_is_out():
    assert faults(released(), today()) == [], REMEDY


def take_away(said):
    del said["schema"]["properties"]["organisation"]


def take_away_below(said):
    del said["schema"]["$defs"]["Tender"]["properties"]["credit_id"]


def ask_for(said):
    said["schema"]["required"].append("organisation")


def ask_for_below(said):
    said["schema"]["$defs"]["Tender"]["required"].append("payment_id")


def ask_for_more(said):
    said["schema"]["properties"]["added"] = {"type": "string"}
    said["schema"]["required"].append("added")


def shorten(said):
    assert said["schema"]["properties"]["number"]["maxLength"] == 2000
    said["schema"]["properties"]["number"]["maxLength"] = 20


def close(said):
    said["schema"]["properties"]["number"] = {"type": "string", "enum": ["2020-000001"]}


def another_type(said):
    said["schema"]["properties"]["number"] = {"type": "integer"}


def never_null(said):
    said["schema"]["properties"]["organisation"] = {"type": "string", "default": ""}


def another_format(said):
    said["schema"]["properties"]["paid_at"]["format"] = "date"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (take_away, "organisation is gone"),
        (take_away_below, "tenders[].credit_id is gone"),
        (ask_for, "organisation is required, and was not"),
        (ask_for_below, "tenders[].payment_id is required, and was not"),
        (ask_for_more, "added is required, and was not"),
        (shorten, "what was written then could not be read any more"),
        (close, "what was written then could not be read any more"),
        (another_type, "what was written then could not be read any more"),
        (never_null, "what was written then could not be read any more"),
        (another_format, "what was written then could not be read any more"),
        (lambda said: said.update(topic="billing.credits"),
         "its topic was billing.registrations, and is billing.credits"),
        (lambda said: said.update(key="invoice_id"),
         "its key was registration_id, and is invoice_id"),
    ],
    ids=["take_away", "take_away_below", "ask_for", "ask_for_below", "ask_for_more", "shorten",
         "close", "another_type", "never_null", "another_format", "topic", "key"],
)  # fmt: skip
def test_what_breaks_a_version_is_named(change, said):
    then = {"1.0.0": {PAID: today()[PAID]}}
    now = copy.deepcopy(dict(today()))
    change(now[PAID])
    assert f"{PAID} of 1.0.0: {said}" in faults(then, now)


def test_an_event_that_is_gone_is_named():
    now = dict(today())
    then = {"1.0.0": {PAID: now[PAID]}}
    del now[PAID]
    assert faults(then, now) == [f"{PAID} of 1.0.0: it is gone"]


def test_what_the_schemas_do_not_tell_the_model_of_today_does():
    """What was not required may be missing in what was written; so may everything of it at once."""
    old = copy.deepcopy(today()[PAID])
    for name in ("total", "paid_at"):
        old["schema"]["required"].remove(name)
    found = faults({"1.0.0": {PAID: old}}, today())
    refused = [fault for fault in found if "the model refuses" in fault]
    assert len(refused) == 3
    assert f"{PAID} of 1.0.0: paid_at is required, and was not" in found


def test_what_is_added_breaks_nothing():
    now = copy.deepcopy(dict(today()))
    now[PAID]["schema"]["properties"]["added"] = {
        "type": "object",
        "default": {},
        "properties": {"all": {"type": "string"}},
        "required": ["all"],
    }
    now["invoice.lost.v1"] = now[PAID]
    assert faults({"1.0.0": today()}, now) == []


def test_fields_are_found_at_any_depth_and_within_themselves_once():
    tree = {"$ref": "#/$defs/Tree"}
    document = {
        "properties": {
            "a": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]},
            "b": {"additionalProperties": {"properties": {"c": {}}, "required": ["c"]}},
        },
        "required": ["a"],
        "$defs": {"Tree": {"properties": {"trees": {"items": tree}, "name": {}}}},
    }
    assert fields_of(document) == {
        "a": True, "a.trees": False, "a.name": False, "b": False, "b{}.c": True,
    }  # fmt: skip


def test_the_command_says_what_to_do(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(gate, "FOLDER", tmp_path / "released")
    assert gate.main(["keep", "1.0"]) == 1
    assert gate.main(["keep", "1.0.0"]) == 0
    kept = json.loads((tmp_path / "released" / "1.0.0.json").read_text())
    assert kept == json.loads(json.dumps(today()))
    assert gate.main(["keep", "1.0.0"]) == 1
    assert "1.0.0 is kept already" in capsys.readouterr().out
    assert gate.main(["check"]) == 0
    kept[REQUESTED]["schema"]["properties"]["lost"] = {"type": "string"}
    (tmp_path / "released" / "1.0.0.json").write_text(json.dumps(kept))
    assert gate.main(["check"]) == 1
    told = capsys.readouterr().out
    assert f"{REQUESTED} of 1.0.0: lost is gone" in told
    assert REMEDY in told
    assert gate.main(["keep", "1.1.0"]) == 1
    assert not (tmp_path / "released" / "1.1.0.json").exists()
    assert gate.main([]) == 2
