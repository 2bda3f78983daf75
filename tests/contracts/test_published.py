"""The schemas that outsiders read: each by itself, at an address of its own."""

import json

import jsonschema_rs
import pytest

from shared.contracts.published import meaning_of, published, summary_of
from shared.contracts.to_partners import ALL

DOOR = "https://holdfast.example/"
EACH = pytest.mark.parametrize("event", ALL.values(), ids=ALL.keys())


@EACH
def test_a_schema_is_valid_and_so_is_its_example(event):
    schema = json.loads(json.dumps(published(event, DOOR)))
    assert schema["$id"] == f"https://holdfast.example/schemas/{event.type}.json"
    jsonschema_rs.meta.validate(schema)
    check = jsonschema_rs.validator_for(schema)
    assert schema["examples"] == [json.loads(json.dumps(event.example))]
    assert [error.message for error in check.iter_errors(schema["examples"][0])] == []
    # What a later release adds is no fault; what is missing is one.
    assert check.is_valid(schema["examples"][0] | {"added_in_2031": {"x": 1}})
    assert not check.is_valid({})


def test_a_schema_says_what_its_event_means():
    schema = published(ALL["credit.redeemed.v1"], DOOR)
    assert schema["title"] == "credit.redeemed.v1"
    assert schema["description"] == (
        "Spent on a registration, the one named here.\n\n"
        "When it pays for a registration, in full or in part.\n\n"
        "Never: The end of the credit: `balance` is what is left."
    )


def test_a_meaning_keeps_its_paragraphs_and_a_summary_is_its_first_sentence():
    event = ALL["invoice.paid.v1"]
    assert meaning_of(event).split("\n\n") == [
        "A registration's share of an invoice is paid in full, by these tenders.",
        (
            "Said once for each registration of the invoice: `lines` and `total` are that "
            "registration's."
        ),
    ]
    assert summary_of(event) == (
        "A registration's share of an invoice is paid in full, by these tenders"
    )
