"""Who somebody is, as staff type it: nothing recorded is lost, and nothing else is said."""

import pytest

from services.web.domain.earlier import end_of, moment_in
from services.web.domain.person_form import (
    correction_in,
    faults_in,
    licenses_in,
    proofs_in,
    recorded_in,
    rows_of,
)
from shared.dates import rfc3339

ADA = {
    "name": "Ada", "email": "ada@learners.example", "profession": "nurse", "birth_day": "02-29",
    "zone": "Europe/London", "locale": "en-GB",
    "licenses": [
        {"profession": "", "state": "NY", "number": "1"},
        {"profession": "nurse", "state": "", "number": "2"},
        {"profession": "mft", "state": "NJ", "number": ""},
    ],
}  # fmt: skip


def test_what_is_recorded_and_sent_again_unchanged_says_the_same():
    said = correction_in(recorded_in(ADA))
    assert said == ADA


def test_only_what_was_seen_to_change_is_said():
    typed = recorded_in(ADA) | {"name": "Ada King", "zone": "Asia/Tokyo"}
    assert correction_in(typed, ["name"]) == {"name": "Ada King"}
    assert correction_in(typed, []) == {}


def test_texts_are_stopped_and_never_begun():
    assert "phone" not in correction_in(recorded_in(ADA) | {"phone": "+12025550123"})
    stopped = correction_in(recorded_in(ADA) | {"texts": "stop"}, ["phone", "sms_consent"])
    assert stopped == {"phone": "", "sms_consent": ""}


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        ({}, 1),
        ({"number_0": "1"}, 2),
        ({"state_4": "NY"}, 6),
        ({"number_99": "1"}, 50),
        ({"number_x": "1", "state_-1": "NY"}, 1),
    ],
)
def test_there_is_one_row_that_is_free(typed: dict[str, str], rows: int):
    assert list(rows_of(typed)) == list(range(rows))


def test_a_fault_stands_at_the_row_that_was_typed_not_at_the_one_that_was_sent():
    typed = {"number_0": "", "state_0": "", "number_2": "7", "state_3": "NY"}
    assert [at for at, _ in licenses_in(typed)] == [2, 3]
    errors = [
        {"pointer": "/attendee/licenses/0/number", "detail": "a"},
        {"pointer": "/licenses/1/state", "detail": "b"},
        {"pointer": "/licenses/9/state", "detail": "c"},
        {"pointer": "/attendee/email", "detail": "d"},
        {"pointer": "/somewhere/else", "detail": "e"},
    ]
    found = [(one.field, one.detail) for one in faults_in({"errors": errors}, typed)]
    assert found == [("number_2", "a"), ("state_3", "b"), ("", "c"), ("email", "d"), ("", "e")]


@pytest.mark.parametrize("errors", [None, [], "junk", [7, None]])
def test_a_refusal_without_a_place_is_about_the_whole(errors: object):
    [fault] = faults_in({"detail": "The course has begun.", "errors": errors}, {})
    assert (fault.field, fault.detail) == ("", "The course has begun.")
    [fault] = faults_in({}, {})
    assert fault.detail == "It was refused."


def test_certificates_are_shown_or_done_without():
    typed = {"prerequisite_0": "", "prerequisite_1": "HF-1", "waiver": ""}
    assert proofs_in(typed, ["a", "b"]) == {"prerequisites": ["HF-1"]}
    assert proofs_in({"waiver": "taught it"}, ["a"]) == {"waive_prerequisites": "taught it"}
    assert proofs_in(typed, []) == {}


def test_the_owner_counts_the_certificates_that_were_sent_and_not_the_fields():
    typed = {
        "prerequisite_0": "", "prerequisite_1": "HF-1", "prerequisite_2": "", "prerequisite_3": "HF-2",
        "prerequisite_10": "HF-3",
    }  # fmt: skip
    told = ["/prerequisites/0", "/prerequisites/1", "/prerequisites/2", "/prerequisites/9"]
    errors = [{"pointer": one, "detail": "x"} for one in [*told, "/prerequisites"]]
    assert [one.field for one in faults_in({"errors": errors}, typed)] == [
        "prerequisite_1", "prerequisite_3", "prerequisite_10", "prerequisite_0", "prerequisite_1",
    ]  # fmt: skip
    [fault] = faults_in({"errors": [{"pointer": "/prerequisites", "detail": "x"}]}, {})
    assert fault.field == "prerequisite_0"


def test_a_moment_is_by_the_clocks_of_its_zone_and_the_first_of_two():
    def said(day: str, wall: str) -> tuple[str | None, list[str]]:
        at, faults = moment_in({"day": day, "wall": wall}, "America/New_York")
        return (rfc3339(at) if at else None), [one.field for one in faults]

    assert said("2020-10-18", "09:30") == ("2020-10-18T13:30:00Z", [])
    assert said("2020-11-01", "01:30") == ("2020-11-01T05:30:00Z", []), "not an hour later"
    assert said("2020-03-08", "02:30") == (None, ["wall"])
    assert said("", "") == (None, [])
    assert said("2020-10-18", "") == (None, ["wall"])
    assert said("", "09:30") == (None, ["day"])
    assert said("9999-12-31", "23:59") == (None, ["wall"])


def test_a_day_ends_by_the_clocks_of_its_zone():
    at, faults = end_of({"until": "2020-10-25"}, "Europe/London", "until")
    assert at is not None
    assert (rfc3339(at), faults) == ("2020-10-25T23:59:59Z", [])
    at, faults = end_of({"until": "2020-10-19"}, "Asia/Tokyo", "until")
    assert at is not None
    assert rfc3339(at) == "2020-10-19T14:59:59Z"
    for junk in ("", "tomorrow", "2020-02-30", "9999-12-31"):
        assert end_of({"until": junk}, "UTC", "until")[0] is None
