"""How certificates look: layouts of courses and boards, and templates that never change."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from services.certificates.commands.look import filled
from services.certificates.render import _crowded, render
from tests.rules.certificates.sample import PAGES, page
from tests.rules.certificates.test_render import PROFILES, failures, text_of
from tests.rules.registration.test_layouts import DRAWINGS

OLD = {
    f"{kind}, {number}": made
    for number in (1, 2)
    for kind, made in json.loads(
        Path(__file__).with_name(f"pages_of_template_{number}.json").read_text()
    ).items()
}
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
    '<circle cx="20" cy="20" r="18" fill="none" stroke="#123456" stroke-width="3"/></svg>'
)
WIDE = LOGO.replace("0 0 40 40", "0 0 900 40")
SEAL = {"logo": LOGO, "logo_alt": "A ring"}
# Points, upright: A4 is 210 by 297 mm, Letter 8.5 by 11 inches.
A4, LETTER = (595, 842), (612, 792)

LAYOUTS: dict[str, dict[str, Any]] = {
    "letter": {"paper": "letter"},
    "letter upright": {"paper": "letter", "orientation": "portrait"},
    "a4 upright": {"orientation": "portrait"},
    "everything": {
        "paper": "letter",
        "orientation": "portrait",
        "accent": "#1D3A6B",
        "heading": "Certificate of attendance",
        "certifies": "It is hereby certified that",
        "credit_line": "earned {credits} {unit} from {board}",
        "fine_print": "Keep this for your records.",
        "signatory": {"name": "Sam Ample", "title": "Dean"},
        "show_times": False,
        "mark_duplicates": True,
        **SEAL,
    },
    "a wide logo": {"logo": WIDE, "logo_alt": "A long line"},
}


def words(made: dict[str, Any]) -> str:
    return text_of(render(made).pdf)


@pytest.mark.parametrize("kind", OLD)
def test_a_page_of_an_earlier_template_still_gives_the_very_same_bytes(kind):
    assert render(OLD[kind]["page"]).sha256 == OLD[kind]["sha256"]


@pytest.mark.parametrize("kind", LAYOUTS)
def test_every_layout_is_one_page_of_pdf_a_2a_and_pdf_ua_1(kind):
    done = render(page(course={"layout": LAYOUTS[kind]}))
    assert done.conformance == ("PDF/A-2a", "PDF/UA-1")
    for profile in PROFILES:
        assert failures(done.pdf, profile) == []
    assert len(PdfReader(io.BytesIO(done.pdf)).pages) == 1


@pytest.mark.parametrize(
    ("layout", "size"),
    [
        ({}, A4[::-1]),
        ({"orientation": "portrait"}, A4),
        ({"paper": "letter"}, LETTER[::-1]),
        ({"paper": "letter", "orientation": "portrait"}, LETTER),
    ],
)
def test_the_paper_is_the_one_that_was_asked_for(layout, size):
    box = PdfReader(io.BytesIO(render(page(course={"layout": layout})).pdf)).pages[0].mediabox
    assert (round(box.width), round(box.height)) == size


def test_words_of_a_layout_stand_where_the_usual_ones_do():
    said = words(page(course={"layout": LAYOUTS["everything"]}))
    for each in (
        "Certificate of attendance",
        "It is hereby certified that",
        "earned 8.0 clock hours from NBCC",
        "Keep this for your records.",
        "Sam Ample",
        "Mon, 19 October 2020",
    ):
        assert each in said, each
    for each in ("Certificate of completion", "This certifies that", "16:00", "Sample Signatory"):
        assert each not in said, each


def test_a_board_goes_before_its_course_field_by_field():
    made = page(
        course={"layout": {"paper": "letter", "accent": "#1D3A6B", "heading": "Of the course"}},
        rule={"layout": {"accent": "#7A1F2B", "heading": "Of the board"}},
    )
    assert made["heading"] == "Of the board"
    assert (made["layout"]["paper"], made["layout"]["accent"]) == ("us-letter", "#7A1F2B")


def test_a_boards_logo_is_shown_while_its_approval_lasts_and_the_courses_always():
    inside = page(rule={"layout": SEAL, "approved_to": "2020-11-09"})
    ended = page(rule={"layout": SEAL, "approved_to": "2020-11-08"})
    of_course = page(course={"layout": SEAL}, rule={"approved_to": "2020-11-08"})
    assert [made["layout"]["logo"] != "" for made in (inside, ended, of_course)] == [
        True,
        False,
        True,
    ]
    assert ended["layout"]["logo_alt"] == ""


def test_a_participation_never_looks_like_a_boards_certificate():
    made = page(None, course={"layout": LAYOUTS["everything"]})
    assert made["heading"] == "Certificate of participation"
    assert made["credits_note"] == "attended. This certificate carries no CE credit."
    assert made["layout"]["accent"] == "#1D3A6B"


def test_what_stands_in_a_credit_line_is_no_place_to_be_filled_twice():
    said = {"credits": "8.0", "unit": "hours of {board}", "board": "NBCC"}
    assert filled("{credits} {unit} {x} {", **said) == "8.0 hours of {board} {x} {"


def test_a_logo_that_cannot_be_drawn_costs_the_logo_and_never_the_certificate():
    done = render(page(course={"layout": {"logo": "<svg", "logo_alt": "Nothing"}}))
    assert done.conformance == ("PDF/A-2a", "PDF/UA-1")
    assert done.lacks == ("layout: the logo cannot be drawn",)
    assert "Žaneta" in text_of(done.pdf)


@pytest.mark.parametrize("picture", DRAWINGS)
def test_every_drawing_that_a_course_may_have_is_printed_within_the_standards(picture):
    done = render(page(course={"layout": {"logo": picture, "logo_alt": "A drawing"}}))
    assert (done.conformance, done.lacks) == (("PDF/A-2a", "PDF/UA-1"), ())
    for profile in PROFILES:
        assert failures(done.pdf, profile) == []


def test_a_page_with_everything_at_once_is_still_one_page():
    layout = LAYOUTS["everything"] | {"orientation": "landscape", "fine_print": "Fine print. " * 80}
    done = render(page(course={"layout": layout}, rule={"statement": "A statement. " * 60}))
    assert len(PdfReader(io.BytesIO(done.pdf)).pages) == 1


def test_what_is_not_measured_fits_on_a_letter_as_well():
    made = PAGES["just not crowded"]
    made = made | {"layout": made["layout"] | {"paper": "us-letter"}}
    assert not _crowded(made)
    assert len(PdfReader(io.BytesIO(render(made).pdf)).pages) == 1
