"""A joint sponsor's boards, whom they serve, and what its roster says of a registration."""

from __future__ import annotations

from typing import Any

import pytest

from services.partners.domain.rosters import Heard, Sight, certificates_of, line_of, person_of
from services.partners.domain.sponsored import boards_of_sponsor, served, sponsor_of
from services.partners.domain.visibility import view_of

APA = {
    "board": "APA",
    "holder": "Institute for Better Health, Inc",
    "professions": ["psychologist"],
}
STATE = {
    "board": "STATE",
    "holder": "Praxis CET",
    "professions": ["counselor", "mft"],
    "states": {"not": ["NY"]},
}
NYSED = {"board": "NYSED", "professions": ["mft"], "states": {"in": ["NY"]}}
ANYBODY = {"board": "CASCADE", "professions": []}
COURSE = {
    "course_id": "c",
    "joint_sponsor": {"name": "institute for  better health, inc", "partner_id": "ibh"},
    "boards": [STATE, APA],
}


def person(profession: str = "", *licenses: tuple[str, str]) -> dict[str, Any]:
    held = [{"profession": named, "state": state, "number": "1"} for named, state in licenses]
    return {"person_id": "ada", "profession": profession, "licenses": held}


def test_a_board_is_of_the_body_that_holds_its_approval():
    assert [one["board"] for one in boards_of_sponsor(COURSE)] == ["APA"]
    assert sponsor_of(COURSE) == "ibh"
    assert boards_of_sponsor({**COURSE, "joint_sponsor": None}) == []
    assert sponsor_of({**COURSE, "joint_sponsor": {"name": "Praxis CET"}}) is None
    nameless = {"joint_sponsor": {"name": " "}, "boards": [{**APA, "holder": ""}]}
    assert boards_of_sponsor(nameless) == []


@pytest.mark.parametrize(
    ("board", "who", "wanted"),
    [
        (APA, person("psychologist"), "yes"),
        (APA, person("", ("psychologist", "")), "yes"),
        (APA, person("counselor", ("mft", "NJ")), "no"),
        (STATE, person("mft", ("", "nj")), "yes"),
        (STATE, person("nurse", ("mft", "NJ")), "yes"),
        (STATE, person("mft", ("mft", "NY")), "no"),
        (STATE, person("mft", ("mft", "NY"), ("counselor", "CA")), "yes"),
        (STATE, person("mft", ("mft", "New York")), "state_missing"),
        (STATE, person("mft"), "state_missing"),
        (STATE, person("nurse", ("nurse", "NJ")), "no"),
        (NYSED, person("mft", ("mft", "NY")), "yes"),
        (NYSED, person("mft", ("mft", "NJ")), "no"),
        (ANYBODY, person("teacher"), "yes"),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)
def test_whom_a_board_serves(board, who, wanted):
    assert served(board, who) == wanted


def heard(kind: str, **data: Any) -> Heard:
    about = {"registration_id": "r", "course_id": "c", "person_id": "ada"}
    return Heard(f"{kind}.v1", about | data)


def sight(types: list[str], fields: list[str]) -> Sight:
    return Sight("ibh", view_of(["c"], types, fields), "c", [APA])


ALL = sight(["*"], ["person.recorded/*", "attendance.settled/*", "credits", "unit", "number"])
SEATED = [heard("registration.confirmed")]


def test_of_several_decisions_and_settlements_the_highest_version_holds_in_whatever_order():
    settled = {"session_id": "s1", "seconds": 7200, "present": True}
    events = [
        *SEATED,
        heard("award.granted", board="APA", version=2, credits="8", unit="CE credits"),
        heard("award.withheld", board="APA", version=1, credits="0"),
        heard("award.granted", board="STATE", version=9, credits="8", unit="hours"),
        heard("attendance.settled", **settled, evidence_version=2),
        heard("attendance.settled", **settled | {"present": False}, evidence_version=1),
        heard("registration.completed"),
        heard("evaluation.submitted"),
    ]
    line = line_of(ALL, events, person("psychologist"))
    assert line is not None
    assert line["boards"] == [
        {
            "board": "APA",
            "served": "yes",
            "award": "granted",
            "credits": "8",
            "unit": "CE credits",
        }
    ]
    assert [one["present"] for one in line["sessions"]] == [True]
    assert (line["status"], line["evaluated"]) == ("completed", True)


def test_what_it_is_not_given_is_not_there():
    events = [*SEATED, heard("award.granted", board="APA", version=1, credits="8", unit="x")]
    who = person("psychologist") | {"name": "Ada Example", "email": "ada@learners.example"}
    bare = sight(["registration.confirmed"], ["name", "credits"])
    assert line_of(bare, events, who) == {
        "registration_id": "r",
        "person_id": "ada",
        "status": "confirmed",
        "boards": [{"board": "APA", "served": "yes"}],
    }
    named = sight(["registration.confirmed", "person.recorded"], ["name"])
    line = line_of(named, events, who)
    assert line is not None
    assert (line["name"], "email" in line, "licenses" in line) == ("Ada Example", False, False)


@pytest.mark.parametrize(
    ("events", "who"),
    [
        ([heard("registration.expired")], person("psychologist")),
        (SEATED, person("counselor")),
        (SEATED, None),
        ([*SEATED, heard("award.granted", board="STATE", credits="8")], None),
    ],
    ids=["never-seated", "another-profession", "unknown", "another-board"],
)
def test_who_is_not_in_it(events, who):
    assert line_of(ALL, events, who) is None


def test_who_was_decided_about_stays_in_it_whatever_their_licences_are_now():
    events = [*SEATED, heard("award.withheld", board="APA", credits="0", unit="x")]
    line = line_of(ALL, events, person("counselor"))
    assert line is not None
    assert [(one["served"], one["award"]) for one in line["boards"]] == [("no", "withheld")]


def test_a_seat_that_was_given_to_a_colleague_is_theirs():
    events = [*SEATED, heard("registration.substituted", person_id="bo", former_person_id="ada")]
    assert person_of(events) == "bo"


def test_certificates_in_its_name_and_how_they_stand():
    issued = {"credits": "8", "number": "2020-A", "board": "APA", "key_id": "k"}
    events = [
        heard("certificate.revoked", certificate_id="c2", board="APA"),
        heard("certificate.issued", certificate_id="c1", **issued),
        heard("certificate.issued", certificate_id="c2", **issued),
        heard("certificate.issued", certificate_id="c3", **issued),
        heard("certificate.superseded", certificate_id="c1", board="APA", superseded_by="c3"),
        heard("certificate.issued", certificate_id="c4", **issued | {"board": "STATE"}),
        heard("certificate.issued", certificate_id="c5", **issued | {"board": None}),
    ]
    found = certificates_of(ALL, events)
    assert [(one["certificate_id"], one["status"]) for one in found] == [
        ("c1", "superseded"),
        ("c2", "revoked"),
        ("c3", "valid"),
    ]
    assert found[0] == {
        "certificate_id": "c1",
        "registration_id": "r",
        "person_id": "ada",
        "board": "APA",
        "status": "superseded",
        "credits": "8",
        "number": "2020-A",
    }
