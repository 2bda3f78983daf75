"""Tax of a course: its file with every fault, and which rate is whose; by hand."""

import pytest

from services.registration.domain.attendee import read_attendee
from services.registration.domain.taxing import tax_of
from shared.errors import Invalid
from tests.rules.registration.test_course_file import faults, read

RATES = [
    {"place": "DE", "percent": "19", "label": "VAT"},
    {"place": "US-NY", "percent": 8.875, "label": "Sales tax"},
    {"place": "US", "percent": "0"},
    {"percent": "7"},
]


def terms(**changes):
    rates = [
        {"place": "", "label": "Tax"} | rate | {"percent": str(rate["percent"])} for rate in RATES
    ]
    tax = {"place": "", "rates": rates, "fee_percent": "5"} | changes.pop("tax", {})
    return {"delivery": "live_online", "tax": tax} | changes


@pytest.mark.parametrize(
    ("place", "at", "percent"),
    [
        ("DE", "DE", "19"),
        ("DE-BY", "DE-BY", "19"),
        ("US-NY", "US-NY", "8.875"),
        ("US-NJ", "US-NJ", "0"),
        ("FR", "FR", "7"),
        ("", "", "7"),
    ],
)
def test_the_very_place_counts_before_its_country_and_that_before_everywhere_else(
    place, at, percent
):
    tax = tax_of(terms(), place)
    assert (tax["place"], tax["percent"], tax["fee_percent"]) == (at, percent, "5")


def test_of_a_course_in_person_its_own_place_decides():
    there = terms(delivery="in_person", tax={"place": "US-NY"})
    assert tax_of(there, "DE")["percent"] == "8.875"
    online = terms(tax={"place": "US-NY"})
    assert tax_of(online, "DE")["percent"] == "19"
    assert tax_of(online, "")["percent"] == "8.875"  # who does not say is where the course is


def test_a_place_without_a_rate_has_no_tax_and_a_course_without_any_neither():
    assert tax_of(terms(tax={"rates": terms()["tax"]["rates"][:1]}), "FR") is None
    assert tax_of({"delivery": "live_online", "tax": None}, "DE") is None
    assert tax_of({"delivery": "live_online"}, "DE") is None


def test_a_file_says_it_as_the_contract_has_it():
    course = read(tax={"rates": RATES, "fee_percent": 19})[0]
    assert course["tax"] == {
        "place": "",
        "rates": [
            {"place": "DE", "percent": "19", "label": "VAT"},
            {"place": "US-NY", "percent": "8.875", "label": "Sales tax"},
            {"place": "US", "percent": "0", "label": "Tax"},
            {"place": "", "percent": "7", "label": "Tax"},
        ],
        "fee_percent": "19",
    }
    assert read()[0]["tax"] is None


@pytest.mark.parametrize(
    ("tax", "pointers"),
    [
        ({"rates": []}, ["/tax/rates"]),
        ({}, ["/tax/rates"]),
        ([], ["/tax"]),
        ("19", ["/tax"]),
        ({"rates": [{"percent": "nineteen"}]}, ["/tax/rates/0/percent"]),
        ({"rates": [{"percent": 100.5}]}, ["/tax/rates/0/percent"]),
        ({"rates": [{"percent": -1}]}, ["/tax/rates/0/percent"]),
        ({"rates": [{}]}, ["/tax/rates/0/percent"]),
        ({"rates": [{"percent": 1, "place": "Germany"}]}, ["/tax/rates/0/place"]),
        ({"rates": [{"percent": 1}, {"percent": 2}]}, ["/tax/rates/1"]),
        ({"rates": [{"percent": 1}], "place": "U"}, ["/tax/place"]),
        ({"rates": [{"percent": 1}], "fee_percent": "x"}, ["/tax/fee_percent"]),
        (
            {"rates": ["x", {"percent": "x", "place": "DE"}]},
            ["/tax/rates/0", "/tax/rates/1/percent"],
        ),
    ],
)
def test_faults_are_said_where_they_are(tax, pointers):
    assert faults(tax=tax) == pointers


def test_where_an_attendee_is_is_read_in_small_letters_too_and_is_no_part_of_who_they_are():
    typed = {"name": "Ada", "email": "ada@x.example"}
    here = read_attendee(typed | {"place": "us-ny"}, "UTC")
    assert here.place == "US-NY"
    assert here == read_attendee(typed | {"place": "DE"}, "UTC")
    assert read_attendee(typed, "UTC").place == ""
    with pytest.raises(Invalid) as why:
        read_attendee(typed | {"place": "New York"}, "UTC")
    assert [each["pointer"] for each in why.value.errors] == ["/attendee/place"]
