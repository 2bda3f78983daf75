"""A partner's items become lines of ours by its mapping, and what cannot is told of its own fields.

The institute of these tests writes German fields, its own codes, and the wall times of Berlin.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.partners.domain import mapping, places
from services.partners.domain.mapping import mapped
from services.partners.domain.mapping_document import MappingInvalid, read_mapping
from services.partners.domain.places import Fault

DOCUMENT: dict[str, Any] = {
    "type": {"from": "/art", "codes": "arten"},
    "codes": {
        "arten": {"ANM": "registration", "ANW": "attendance"},
        "berufe": {"PSY": "psychologist", "SOZ": "social_worker"},
        "kurse": {"2027-AE": "attachment-2027"},
        "tage": {"1": "s1", "2": "s2"},
        "zeitzonen": {"MEZ": "Europe/Berlin", "UK": "Europe/London"},
        "halbe": {"A": "0", "B": "1"},
    },
    "ignore": ["/intern", "/bemerkung"],
    "registration": {
        "/id": {"from": ["/nr", "/art"], "join": "/"},
        "/course_id": {"from": "/kurs", "codes": "kurse"},
        "/attendee/name": {"from": ["/person/vorname", "/person/nachname"]},
        "/attendee/email": {"from": "/person/mail"},
        "/attendee/profession": {"from": "/person/beruf", "codes": "berufe", "optional": True},
        "/attendee/birth_day": {
            "from": "/person/geboren", "format": "DD.MM.YYYY", "optional": True,
        },
        "/attendee/zone": {"value": "Europe/Berlin"},
        "/attendee/licenses": {
            "each": "/person/zulassungen",
            "as": {"state": {"from": "/land"}, "number": {"from": "/nr"}},
        },
        "/prerequisites": {"all": [{"from": "/vorher/nummer"}]},
        "/payment_method": {"value": "invoice"},
        "/organisation": {"from": "/traeger", "default": "Institut"},
    },
    "attendance": {
        "/id": {"from": ["/nr", "/art", "/tag"], "join": "/"},
        "/course_id": {"from": "/kurs", "codes": "kurse"},
        "/session_id": {"from": "/tag", "codes": "tage"},
        "/registration_id": {"from": "/anmeldung"},
        "/joined_at": {
            "from": ["/datum", "/von"], "format": "DD.MM.YYYY HH:mm",
            "zone": {"from": "/zz", "codes": "zeitzonen", "default": "MEZ"},
            "fold": {"from": "/stunde", "codes": "halbe", "optional": True},
        },
        "/left_at": {
            "from": ["/datum", "/bis"], "format": "DD.MM.YYYY HH:mm",
            "zone": {"from": "/zz", "codes": "zeitzonen", "default": "MEZ"},
            "fold": {"from": "/stunde", "codes": "halbe", "optional": True},
        },
    },
}  # fmt: skip
ENROLLED: dict[str, Any] = {
    "art": "ANM",
    "nr": 31,
    "kurs": "2027-AE",
    "person": {
        "vorname": " Ada ",
        "nachname": "Example",
        "mail": "ada@learners.example",
        "beruf": "PSY",
        "geboren": "3.2.1980",
        "zulassungen": [{"land": "CA", "nr": "PSY1"}, {"land": "", "nr": None}],
    },
    "vorher": {"nummer": "2020-QELS-ARCG-G555"},
    "intern": {"sachbearbeiter": "x", "stufen": [1, 2]},
    "bemerkung": "",
}
STAYED: dict[str, Any] = {
    "art": "ANW",
    "nr": 31,
    "kurs": "2027-AE",
    "tag": 2,
    "anmeldung": "r-1",
    "datum": "09.03.2027",
    "von": "20:05",
    "bis": "22:00",
}


def came(item: dict[str, Any], **changes: Any) -> Any:
    return mapped(read_mapping(DOCUMENT | changes), item)


def faults(item: dict[str, Any]) -> list[Fault]:
    return list(came(item).faults)


def test_an_item_becomes_a_line():
    found = came(ENROLLED)
    assert found.faults == ()
    assert found.line == {
        "type": "registration",
        "id": "31/ANM",
        "course_id": "attachment-2027",
        "attendee": {
            "name": "Ada Example",
            "email": "ada@learners.example",
            "profession": "psychologist",
            "birth_day": "02-03",
            "zone": "Europe/Berlin",
            "licenses": [{"state": "CA", "number": "PSY1"}],
        },
        "prerequisites": ["2020-QELS-ARCG-G555"],
        "payment_method": "invoice",
        "organisation": "Institut",
    }


def test_wall_times_become_instants():
    found = came(STAYED)
    assert found.faults == ()
    assert found.line == {
        "type": "attendance",
        "id": "31/ANW/2",
        "course_id": "attachment-2027",
        "session_id": "s2",
        "registration_id": "r-1",
        "joined_at": "2027-03-09T19:05:00Z",
        "left_at": "2027-03-09T21:00:00Z",
    }
    london = came(STAYED | {"zz": "UK"})
    assert london.line["joined_at"] == "2027-03-09T20:05:00Z"


def test_a_time_that_is_none_is_refused_and_one_that_comes_twice_unless_it_is_said_which():
    spring = STAYED | {"datum": "28.03.2027", "von": "02:30"}
    assert faults(spring) == [
        Fault("/datum", "02:30 on 2027-03-28 does not exist in Europe/Berlin.")
    ]
    autumn = STAYED | {"datum": "31.10.2027", "von": "02:30", "bis": "05:00"}
    [twice] = faults(autumn)
    assert (twice.pointer, "comes twice" in twice.detail) == ("/datum", True)
    later = came(autumn | {"stunde": "B"})
    assert later.faults == ()
    assert later.line["joined_at"] == "2027-10-31T01:30:00Z"
    assert came(autumn | {"stunde": "A"}).line["joined_at"] == "2027-10-31T00:30:00Z"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"kurs": "2027-XX"}, [("/kurs", "codes kurse")]),
        ({"kurs": None}, [("/kurs", "missing")]),
        ({"nr": 1.5}, [("/nr", "as a text")]),
        ({"nr": ["31"]}, [("/nr", "as a text")]),
        ({"nr": 10**30}, [("/nr", "as a text")]),
        ({"nr": "x" * 2_001}, [("/nr", "At most 2000")]),
        ({"neu": {"feld": 1}}, [("/neu/feld", "Nothing in the mapping")]),
        ({"a/b~c": "x"}, [("/a~1b~0c", "Nothing in the mapping")]),
        ({"half\ud800": "x"}, [("/half\\ud800", "Nothing in the mapping")]),
        ({"person": "Ada"}, [("/person/vorname", "missing"), ("/person/mail", "missing"),
                             ("/person", "Nothing in the mapping")]),
        ({"art": "unheard-of"}, [("/art", "codes arten")]),
        ({"art": None}, [("/art", "missing")]),
        ({"person": ENROLLED["person"] | {"geboren": "30.02.1980"}},
         [("/person/geboren", "not on the calendar")]),
        ({"person": ENROLLED["person"] | {"zulassungen": "PSY1"}},
         [("/person/zulassungen", "a list of at most 50")]),
        ({"person": ENROLLED["person"] | {"zulassungen": [{"land": "CA"}] * 51}},
         [("/person/zulassungen", "a list of at most 50")]),
        ({"person": ENROLLED["person"] | {"zulassungen": [{"land": "CA", "bis": "2030"}]}},
         [("/person/zulassungen/0/nr", "missing"),
          ("/person/zulassungen/0/bis", "Nothing in the mapping")]),
    ],
    ids=[
        "code", "none", "fraction", "list", "huge", "long", "new", "escaped", "half", "shape",
        "kind", "no-kind", "day", "no-list", "many", "element",
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_of_the_partner_s_own_field(change, expected):
    found = faults(ENROLLED | change)
    assert [one.pointer for one in found] == [pointer for pointer, _ in expected]
    for one, (_, words) in zip(found, expected, strict=True):
        assert words in one.detail


def test_no_fault_holds_what_stood_there():
    whole = ENROLLED | {"kurs": "Wanda", "neu": "Wanda", "nr": {"x": "Wanda"}, "art": "ANM"}
    assert faults(whole) != []
    assert "Wanda" not in str(faults(whole))
    read = {"from": ["/datum", "/von"], "format": "DD.MM.YYYY HH:mm", "zone": {"from": "/zz"}}
    times = DOCUMENT["attendance"] | {"/joined_at": read}
    odd = came(STAYED | {"zz": "Wanda"}, attendance=times).faults
    assert "/zz" in {one.pointer for one in odd}
    assert "Wanda" not in str(odd)


def test_an_item_is_bounded():
    deep: Any = "x"
    for _ in range(20):
        deep = {"a": deep}
    for extra in (deep, list(range(2_001)), {str(n): n for n in range(2_001)}):
        [one] = faults(ENROLLED | {"intern": extra})
        assert (one.pointer, one.detail) == ("", "At most 2000 values, 12 deep.")
    [named] = faults(ENROLLED | {"x" * 201: 1})
    assert named.detail.startswith("Names of fields")
    many = faults(ENROLLED | {f"neu-{n}": n for n in range(100)})
    assert len(many) == 20


def test_no_more_is_said_of_an_item_than_is_told(monkeypatch):
    """500 items of nearly 2,000 values that nobody reads come in one request."""
    made: list[Any] = []

    def counted(place: Any) -> str:
        made.append(place)
        return str(places.pointer_of(place))

    monkeypatch.setattr(mapping, "pointer_of", counted)
    few, many = ({f"neu-{n}": n for n in range(end)} for end in (20, 1_900))
    told = faults(ENROLLED | few)
    by_few = len(made)
    assert faults(ENROLLED | many) == told
    assert [one.pointer for one in told] == [f"/neu-{n}" for n in range(20)]
    assert len(made) == 2 * by_few


def test_what_we_find_wrong_with_the_line_is_told_of_the_item():
    found = came(ENROLLED)
    email = Fault("/attendee/email", "It is too long.")
    assert found.theirs(email) == Fault("/person/mail", "It is too long. (/attendee/email)")
    second = Fault("/attendee/licenses/0/number", "x")
    assert found.theirs(second).pointer == "/person/zulassungen/0/nr"
    assert found.theirs(Fault("/prerequisites/0", "x")).pointer == "/vorher/nummer"
    fixed = found.theirs(Fault("/payment_method", "x"))
    assert (fixed.pointer, "Your mapping says so" in fixed.detail) == ("", True)
    assert found.theirs(Fault("", "It is too large.")) == Fault("", "It is too large.")


def test_a_mapping_may_ignore_all_it_does_not_read():
    assert came(ENROLLED | {"neu": 1}, ignore=[""]).faults == ()


def test_mapping_an_item_changes_neither():
    before = json.dumps([DOCUMENT, ENROLLED])
    rules = read_mapping(DOCUMENT)
    assert mapped(rules, ENROLLED) == mapped(rules, ENROLLED)
    assert json.dumps([DOCUMENT, ENROLLED]) == before


# --- the document ---------------------------------------------------------------------------------


def wrong(document: Any) -> list[str]:
    with pytest.raises(MappingInvalid) as why:
        read_mapping(document)
    assert why.value.slug == "mapping-invalid"
    return [one["pointer"] for one in why.value.errors]


def of(kind: str, **changes: Any) -> dict[str, Any]:
    named = {"/" + name.replace("__", "/"): rule for name, rule in changes.items()}
    return DOCUMENT | {kind: DOCUMENT[kind] | named}


NAME = "/registration/~1attendee~1name"


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        (None, ["", "/type"]),
        ({}, ["/type"]),
        (DOCUMENT | {"script": "x"}, ["/script"]),
        (DOCUMENT | {"type": {"value": "seating"}}, ["/type", "/registration", "/attendance"]),
        (DOCUMENT | {"type": {"value": "attendance"}}, ["/registration"]),
        (DOCUMENT | {"attendance": {}}, [
            "/attendance/~1id", "/attendance/~1course_id", "/attendance/~1session_id",
            "/attendance/~1joined_at", "/attendance/~1left_at", "/attendance"]),
        (of("registration", attendee__name={}), [NAME]),
        (of("registration", attendee__name={"from": "name"}), [f"{NAME}/from"]),
        (of("registration", attendee__name={"from": "/a~2"}), [f"{NAME}/from"]),
        (of("registration", attendee__name={"from": ["/a", 7]}), [f"{NAME}/from/1"]),
        (of("registration", attendee__name={"from": []}), [f"{NAME}/from"]),
        (of("registration", attendee__name={"from": "/" + "a/" * 12}), [f"{NAME}/from"]),
        (of("registration", attendee__name={"from": "/a", "codes": "x"}), [f"{NAME}/codes"]),
        (of("registration", attendee__name={"from": "/a", "codes": []}), [f"{NAME}/codes"]),
        (of("registration", attendee__name={"from": "/a", "optional": 1}), [f"{NAME}/optional"]),
        (of("registration", attendee__name={"from": "/a", "eval": "1"}), [f"{NAME}/eval"]),
        (of("registration", attendee__name={"value": ""}), [f"{NAME}/value"]),
        (of("registration", attendee__name={"value": 7}), [f"{NAME}/value"]),
        (of("registration", attendee__name={"value": "x" * 201}), [f"{NAME}/value"]),
        (of("registration", attendee__name={"value": "a\x00"}), [f"{NAME}/value"]),
        (of("registration", attendee__shoe={"value": "42"}), ["/registration/~1attendee~1shoe"]),
        (of("registration", attendee__licenses={"each": "/a"}),
         ["/registration/~1attendee~1licenses"]),
        (of("registration", attendee__licenses={"each": "/a", "as": {"no": {"value": "x"}}}),
         ["/registration/~1attendee~1licenses/as/no"]),
        (of("registration", prerequisites={"all": []}), ["/registration/~1prerequisites/all"]),
        (of("registration", attendee__birth_day={"from": "/a", "format": "D.M.Y"}),
         ["/registration/~1attendee~1birth_day/format"]),
        (of("attendance", joined_at={"from": "/a", "format": "%Y"}),
         ["/attendance/~1joined_at/format"]),
        (of("attendance", joined_at={"from": "/a", "format": "DD.MM.YYYY HH:mm"}),
         ["/attendance/~1joined_at/zone"]),
        (of("attendance", joined_at={"from": "/a", "zone": {"value": "Europe/Berlin"}}),
         ["/attendance/~1joined_at"]),
        (of("attendance", joined_at={"from": "/a", "format": "DD.MM.YYYY HH:mm",
                                     "zone": {"value": "Europe/Bonn"}, "fold": {"value": "0"}}),
         ["/attendance/~1joined_at/zone/value", "/attendance/~1joined_at/fold"]),
        (DOCUMENT | {"ignore": "/a"}, ["/ignore"]),
        (DOCUMENT | {"ignore": ["/a", "b"]}, ["/ignore/1"]),
        (DOCUMENT | {"codes": DOCUMENT["codes"] | {"leer": {}}}, ["/codes/leer"]),
        (DOCUMENT | {"codes": DOCUMENT["codes"] | {"x": {" a": "b", "c": 7, "d": ""}}},
         ["/codes/x/ a", "/codes/x/c", "/codes/x/d"]),
        (DOCUMENT | {"codes": DOCUMENT["codes"] | {"x": {"\ud800": "b"}}}, ["/codes/x/\\ud800"]),
    ],
    ids=[str(number) for number in range(34)],
)  # fmt: skip
def test_a_document_says_all_that_is_wrong_with_it_and_where(document, pointers):
    assert wrong(document) == pointers


def test_there_are_so_many_tables_and_no_more():
    more = {f"t{n}": {"a": "b"} for n in range(50 - len(DOCUMENT["codes"]))}
    read_mapping(DOCUMENT | {"codes": DOCUMENT["codes"] | more})
    many = DOCUMENT | {"codes": DOCUMENT["codes"] | more | {"last": {"a": "b"}}}
    assert wrong(many)[0] == "/codes"


def test_there_are_so_many_codes_and_no_more():
    left = 5_000 - sum(len(table) for table in DOCUMENT["codes"].values())
    most = {f"c{n}": "x" for n in range(left)}
    read_mapping(DOCUMENT | {"codes": DOCUMENT["codes"] | {"viele": most}})
    more = most | {"more": "x"}
    assert wrong(DOCUMENT | {"codes": DOCUMENT["codes"] | {"viele": more}})[0] == "/codes"


def test_of_a_document_full_of_faults_a_hundred_are_told():
    assert len(wrong({f"x{n}": n for n in range(1_000)})) == 100


def test_who_names_a_person_in_attendance_names_them_whole():
    rules = {name: rule for name, rule in DOCUMENT["attendance"].items()
             if name != "/registration_id"}  # fmt: skip
    assert wrong(DOCUMENT | {"attendance": rules}) == ["/attendance"]
    name = rules | {"/attendee/name": {"from": "/name"}}
    assert wrong(DOCUMENT | {"attendance": name}) == ["/attendance/~1attendee~1email"]
    whole = name | {"/attendee/email": {"from": "/mail"}}
    found = mapped(
        read_mapping(DOCUMENT | {"attendance": whole}),
        {**STAYED, "anmeldung": None, "name": "Ada", "mail": "ada@x.example"},
    )
    assert found.faults == ()
    assert found.line["attendee"] == {"name": "Ada", "email": "ada@x.example"}


def test_a_list_of_texts_is_read_element_by_element():
    each = of("registration", prerequisites={"each": "/zeugnisse", "as": {"from": ""}})
    found = mapped(read_mapping(each), ENROLLED | {"vorher": None, "zeugnisse": ["A-1", "", "B"]})
    assert found.faults == ()
    assert found.line["prerequisites"] == ["A-1", "B"]
    assert found.theirs(Fault("/prerequisites/1", "x")).pointer == "/zeugnisse/2"


# --- junk -----------------------------------------------------------------------------------------

_PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_NAMES = st.sampled_from(["", "art", "nr", "person", "von", "land", "each", "value", "codes"])
JUNK = st.recursive(
    _PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES | st.text(max_size=4), inner,
                                                                max_size=4),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*ENROLLED, *STAYED, "x"]), JUNK, max_size=8), st.booleans())
def test_no_item_is_more_than_a_mapping_can_say_no_to(junk: dict[str, Any], enrols: bool) -> None:
    item = (ENROLLED if enrols else STAYED) | junk
    found = came(item)
    written = json.dumps(found.faults, ensure_ascii=False).encode()
    assert len(found.faults) <= 20
    assert all(one.pointer == "" or one.pointer.startswith("/") for one in found.faults)
    assert (written == b"[]") is (not found.faults)
    if not found.faults:
        assert found.line["type"] in ("registration", "attendance")


def _places(node: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inner = node.items() if isinstance(node, dict) else ()
    return [at, *(place for name, each in inner for place in _places(each, (*at, name)))]


def _changed(node: Any, place: tuple[str, ...], value: Any) -> Any:
    if not place:
        return value
    return {**node, place[0]: _changed(node[place[0]], place[1:], value)}


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(_places(DOCUMENT)), JUNK)
def test_a_document_with_junk_in_one_place_is_refused_or_can_be_applied(
    place: tuple[str, ...], junk: Any
) -> None:
    errors: Any = ()
    try:
        mapping = read_mapping(_changed(DOCUMENT, place, junk))
    except MappingInvalid as why:
        errors, mapping = why.errors, None
    assert (mapping is None) is bool(errors)
    assert json.dumps(errors, ensure_ascii=False).encode()
    for item in (ENROLLED, STAYED, {}):
        if mapping is not None:
            mapped(mapping, item)
