"""Layouts of certificates in a course file: what they become, and every fault by its place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.domain.course_file import read_course
from services.registration.domain.layouts import KNOWN, contrast
from services.registration.domain.pictures import faults_of_picture
from services.registration.domain.versions import carry_over
from shared.contracts.registration import CoursePublished
from tests.rules.registration.course import course

BEFORE = datetime(2020, 9, 1, tzinfo=UTC)
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
    '<circle cx="20" cy="20" r="18" fill="none" stroke="#123456" stroke-width="3"/></svg>'
)


def read(**changes):
    return read_course("attachment", course(**changes), BEFORE)


def faults(layout):
    return [(e["pointer"], e["detail"]) for e in read(layout=layout)[1].errors]


def boards_of(layout, **per_board):
    said = course()
    boards = [one | {"layout": per_board.get(one["board"])} for one in said["boards"]]
    defaults = said["board_defaults"] | {"layout": layout}
    return {"boards": boards, "board_defaults": defaults}


def published(**changes):
    document, found = read(**changes)
    assert found.errors == []
    return CoursePublished(**document, version=1, published_at=BEFORE)


def test_a_course_without_a_layout_has_none_and_neither_have_its_boards():
    said = published()
    assert said.layout is None
    assert [board.layout for board in said.boards] == [None, None, None]


def test_a_layout_is_published_as_the_contract_has_it():
    said = published(
        layout={
            "paper": "letter",
            "orientation": "portrait",
            "accent": "#1d3a6b",
            "heading": "Certificate of attendance",
            "certifies": "It is hereby certified that",
            "credit_line": "earned {credits} {unit} from {board}",
            "fine_print": "Keep this for your records.",
            "logo": LOGO,
            "logo_alt": "A ring",
            "signatory": {"name": "Sam Ample", "title": "Dean"},
            "show_times": False,
            "mark_duplicates": True,
        }
    ).layout
    assert said is not None
    assert (said.paper, said.orientation, said.accent) == ("letter", "portrait", "#1D3A6B")
    assert (said.heading, said.certifies) == (
        "Certificate of attendance",
        "It is hereby certified that",
    )
    assert (said.credit_line, said.fine_print) == (
        "earned {credits} {unit} from {board}",
        "Keep this for your records.",
    )
    assert (said.logo, said.logo_alt) == (LOGO, "A ring")
    assert said.signatory is not None
    assert (said.signatory.name, said.signatory.title) == ("Sam Ample", "Dean")
    assert (said.show_times, said.mark_duplicates) == (False, True)


def test_a_boards_layout_lies_above_that_of_all_boards_field_by_field():
    said = published(**boards_of({"accent": "#0F6660", "paper": "letter"}, NBCC={"paper": "a4"}))
    nbcc, nysed, _ = (board.layout for board in said.boards)
    assert nbcc is not None
    assert nysed is not None
    assert (nbcc.paper, nbcc.accent) == ("a4", "#0F6660")
    assert (nysed.paper, nysed.accent) == ("letter", "#0F6660")


def test_what_a_board_leaves_open_of_yes_and_no_is_as_the_course_says():
    said = published(
        layout={"show_times": False, "mark_duplicates": True},
        **boards_of(None, NBCC={"paper": "a4"}, STATE={"show_times": True}),
    )
    nbcc, nysed, state = (board.layout for board in said.boards)
    assert nbcc is not None
    assert state is not None
    assert nysed is None
    assert (nbcc.show_times, nbcc.mark_duplicates) == (False, True)
    assert (state.show_times, state.mark_duplicates) == (True, True)


def test_a_fault_that_all_boards_share_is_said_once_where_it_was_written():
    _, found = read(**boards_of({"paper": "a3"}))
    assert found.errors == [
        {
            "pointer": "/board_defaults/layout/paper",
            "detail": "One of a4, letter is needed here.",
        }
    ]


def test_a_fault_of_one_board_is_said_at_that_board():
    _, found = read(**boards_of(None, STATE={"orientation": "diagonal"}))
    assert [e["pointer"] for e in found.errors] == ["/boards/2/layout/orientation"]


@pytest.mark.parametrize(
    ("layout", "pointer", "words"),
    [
        ([], "", "An object"),
        ("letter", "", "An object"),
        ({"paper": "A4"}, "/paper", "One of a4, letter"),
        ({"paper": 4}, "/paper", "One of a4, letter"),
        ({"orientation": "wide"}, "/orientation", "One of landscape, portrait"),
        ({"accent": "teal"}, "/accent", "A colour is written as"),
        ({"accent": "#0F666"}, "/accent", "A colour is written as"),
        ({"accent": "#0F6660FF"}, "/accent", "A colour is written as"),
        ({"accent": "#FFD700"}, "/accent", "too pale to be read on white: its contrast is 1.4"),
        ({"accent": 1_000_000}, "/accent", "A text"),
        ({"heading": "H" * 61}, "/heading", "At most 60"),
        ({"heading": "a\x00b"}, "/heading", "Control characters"),
        ({"certifies": ["x"]}, "/certifies", "A text"),
        ({"certifies": "c" * 121}, "/certifies", "At most 120"),
        ({"credit_line": "{credit}"}, "/credit_line", "What can be filled in"),
        ({"credit_line": "{credits"}, "/credit_line", "What can be filled in"),
        ({"credit_line": "{credits.__class__}"}, "/credit_line", "What can be filled in"),
        ({"credit_line": "{}"}, "/credit_line", "What can be filled in"),
        ({"fine_print": "f" * 2001}, "/fine_print", "At most 2000"),
        ({"signatory": "Sam"}, "/signatory", "An object"),
        ({"signatory": {}}, "/signatory/name", "A text"),
        ({"show_times": "no"}, "/show_times", "true or false"),
        ({"mark_duplicates": 1}, "/mark_duplicates", "true or false"),
        ({"logo": LOGO}, "/logo_alt", "said in words too"),
        ({"logo_alt": "A ring"}, "/logo_alt", "there is no logo"),
        ({"logo": "<svg/>", "logo_alt": "x"}, "/logo", "The outermost element"),
    ],
)
def test_what_is_wrong_with_a_layout_is_said_at_its_place(layout, pointer, words):
    [(where, detail)] = faults(layout)
    assert where == f"/layout{pointer}"
    assert words in detail


def test_a_name_that_nobody_reads_is_a_warning():
    assert read(layout={"colour": "#000000"})[1].warnings == [
        "/layout/colour is not read by anybody."
    ]


# From the definition in WCAG 2.2: white on itself 1, black on white 21; #767676 is the well-known
# palest grey that passes, #777777 the first that does not.
@pytest.mark.parametrize(
    ("colour", "least", "most"),
    [
        ("#FFFFFF", 1, 1),
        ("#000000", 21, 21),
        ("#767676", 4.5, 4.6),
        ("#777777", 4.4, 4.49),
        ("#0F6660", 6, 7),
    ],
)
def test_contrast_is_that_of_wcag(colour, least, most):
    assert least <= round(contrast(colour), 2) <= most


def svg(inside, attributes='viewBox="0 0 10 10"'):
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'


DRAWINGS = [
    LOGO,
    svg('<g transform="scale(2)"><path d="M0 0h1v1z" style="fill:#123"/></g>'),
    svg('<rect width="4" height="4"/>', 'width="40mm" height="10.5mm"'),
    svg(
        '<defs><linearGradient id="a"><stop offset="0"/></linearGradient></defs>'
        '<rect width="4" height="4" fill="url(#a)"/>'
    ),
    svg("<title>A ring</title>"),
    svg("<rect width='4' height='4' fill=\"url( '#a' )\"/>"),
]


@pytest.mark.parametrize("picture", DRAWINGS)
def test_a_drawing_is_taken(picture):
    assert list(faults_of_picture(picture)) == []


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        ("not a picture", "cannot be read"),
        ("<svg", "cannot be read"),
        ("<svg><g></svg>", "cannot be read"),
        ('<html xmlns="http://www.w3.org/1999/xhtml"/>', "outermost"),
        (svg("", ""), "how large"),
        (svg("", 'viewBox="0 0 0 10"'), "how large"),
        (svg("", 'viewBox="0 0 nan 10"'), "how large"),
        (svg("", 'width="100%" height="100%"'), "how large"),
        (svg("<script>alert(1)</script>"), "<script>"),
        (svg("<text>Praxis</text>"), "turn text into paths"),
        (svg('<image href="https://a.example/x.png"/>'), "<image>"),
        (svg('<use href="#a"/>'), "<use>"),
        (svg("<style>@import 'x'</style>"), "<style>"),
        (svg("<foreignObject/>"), "<foreignObject>"),
        (svg('<animate attributeName="x"/>'), "<animate>"),
        (svg('<rect onload="x()"/>'), "neither acts nor fetches"),
        (svg('<rect fill="url(https://a.example/#a)"/>'), "neither acts nor fetches"),
        (svg("<rect style=\"fill:url( 'x.svg#a')\"/>"), "neither acts nor fetches"),
        (
            svg('<g xmlns:l="http://www.w3.org/1999/xlink" l:href="file:///etc/passwd"/>'),
            "neither acts nor fetches",
        ),
        ('<!DOCTYPE svg [<!ENTITY a "aa">]>' + svg("&a;"), "document type"),
        (svg("<g>" * 40 + "</g>" * 40), "nested at most 32 deep"),
        (svg("<g/>" * 2_001), "at most 2,000 shapes"),
        (svg("<path/>" + " " * 20_000), "at most 20,000 characters"),
        (svg('<other:rect xmlns:other="urn:x"/>'), "<rect>"),
    ],
)
def test_what_acts_fetches_or_grows_is_refused(picture, words):
    found = list(faults_of_picture(picture))
    assert any(words in each for each in found), found


def test_another_look_is_no_new_rule_and_a_course_of_before_layouts_is_the_same_rule():
    old = carry_over(read()[0], None)
    for board in old["boards"]:
        del board["layout"]  # as it was stored before there were any
    new = carry_over(read(**boards_of({"accent": "#0F6660"}))[0], old)
    assert [board["rule_version"] for board in new["boards"]] == [1, 1, 1]


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["letter", "#0F6660", LOGO, "{credits}", "{board", "a4", "portrait", "\x00"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=9), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(JUNK, JUNK, JUNK)
def test_whatever_stands_there_is_a_fault_at_its_place_or_fits_the_contract(one, two, three):
    document, found = read(layout=one, **boards_of(two, NBCC=three))
    if not found.errors:
        CoursePublished(**document, version=1, published_at=BEFORE)
    for error in found.errors:
        assert "/layout" in error["pointer"]
