"""What a key may open, and what a partner may send in."""

from datetime import UTC, datetime

import pytest

from services.partners.domain.inbound import fault_of, fingerprint_of, shown_id, times_fault
from services.partners.domain.keys import (
    PartnerNameInvalid,
    ScopesInvalid,
    check_partner_id,
    check_scopes,
    key_text,
    partner_of,
)

LINE = {"id": "1", "type": "registration", "course_id": "a", "attendee": {"name": "Ada"}}


@pytest.mark.parametrize("scopes", [["operator"], ["platform", "reader"], ["partner:ibh"]])
def test_scopes_that_a_key_may_have(scopes):
    check_scopes(scopes)


@pytest.mark.parametrize(
    "scopes", [[], ["admin"], ["partner:"], ["partner:A"], ["partner:a", "partner:b"], [" reader"]]
)
def test_scopes_that_no_key_may_have(scopes):
    with pytest.raises(ScopesInvalid):
        check_scopes(scopes)


def test_a_partners_key_says_whose_it_is():
    assert partner_of(["reader", "partner:ibh"]) == "ibh"
    assert partner_of(["reader"]) is None
    assert key_text("sandbox", "x9") == "hf_sandbox_x9"


@pytest.mark.parametrize("name", ["", "-a", "A", "a/b", "a.b", "ä", "x" * 64])
def test_a_partners_id_must_fit_a_topics_name(name):
    with pytest.raises(PartnerNameInvalid):
        check_partner_id(name)


def where(item, courses):
    """The pointer to what is wrong; None where nothing is."""
    found = fault_of(item, courses)
    return found.pointer if found else None


def test_a_line_is_for_the_partners_own_courses_only():
    assert where(LINE, {"a"}) is None
    assert where(LINE, {"b"}) == "/course_id"
    assert where(LINE, set()) == "/course_id"


@pytest.mark.parametrize(
    "item_id", [None, 7, "", " 1", "x" * 101, "a\x00b", "a\nb", "a\ud800", ["1"]]
)
def test_a_line_needs_an_id_that_can_be_one(item_id):
    assert where(LINE | {"id": item_id}, {"a"}) == "/id"


def test_attendance_is_somebodys():
    line = {"id": "1", "type": "attendance", "course_id": "a"}
    assert where(line, {"a"}) == "/registration_id"
    assert where(line | {"registration_id": "r"}, {"a"}) is None


def test_an_interval_has_a_length_and_is_over():
    at = [datetime(2020, 10, 19, hour, tzinfo=UTC) for hour in (20, 21, 22)]
    assert times_fault(at[0], at[1], at[2]) is None
    assert times_fault(at[1], at[1], at[2]).pointer == "/left_at"
    assert times_fault(at[1], at[2], at[0]).pointer == "/joined_at"
    assert times_fault(at[0], at[2], at[1]).pointer == "/left_at"


@pytest.mark.parametrize(
    ("item_id", "shown"),
    [("a", "a"), (7, 7), ("a\ud800", "a\\ud800"), ({"name": "Ada"}, None), (None, None)],
)
def test_an_id_is_answered_as_it_can_be_written(item_id, shown):
    assert shown_id(item_id) == shown


def test_an_id_of_a_million_letters_is_not_answered_whole():
    assert len(shown_id("x" * 1_000_000)) == 101


def test_the_same_content_has_the_same_fingerprint_in_any_order():
    assert fingerprint_of(LINE) == fingerprint_of(dict(reversed(LINE.items())))
    assert fingerprint_of(LINE) != fingerprint_of(LINE | {"course_id": "b"})
