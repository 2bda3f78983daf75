"""The PDF: PDF/A-2a and PDF/UA-1 for every kind of page, the same bytes each time, never lost."""

from __future__ import annotations

import hashlib
import io
import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import page as page_validation
import pytest
import segno
from pypdf import PdfReader

from services.certificates.domain.facts import Attended
from services.certificates.render import _crowded, qr_svg, render
from shared.contracts.registration import License
from tests.rules.certificates.sample import AMA, LONG_NAME, LONG_TITLE, PAGES, many_sessions, page

PROFILES = (
    page_validation.ValidationProfile.PDF_A_2A,
    page_validation.ValidationProfile.PDF_UA_1,
)


def text_of(pdf: bytes) -> str:
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


def failures(pdf: bytes, profile: page_validation.ValidationProfile) -> list[str]:
    """What the validator finds, less one misreading of its own.

    Where compressed data happens to end in a carriage return, it takes that for a part of the end
    of line that follows, and the length for wrong by one. Then the lengths are looked at by hand.
    """
    found = page_validation.validate_pdf_bytes(pdf, profile=profile).failures
    misread = "a stream /Length does not match its raw content length"
    if any(failure.message == misread for failure in found):
        for stream in re.finditer(rb"/Length (\d+)[^>]*>>\s*stream\r?\n", pdf):
            assert pdf[stream.end() + int(stream[1]) :].startswith(b"\nendstream")
    return [failure.message for failure in found if failure.message != misread]


@pytest.mark.parametrize("kind", PAGES)
def test_every_kind_of_page_is_one_page_of_pdf_a_2a_and_pdf_ua_1(kind):
    done = render(PAGES[kind])
    assert done.conformance == ("PDF/A-2a", "PDF/UA-1")
    for profile in PROFILES:
        assert failures(done.pdf, profile) == []
    assert len(PdfReader(io.BytesIO(done.pdf)).pages) == 1
    assert done.sha256 == hashlib.sha256(done.pdf).hexdigest()


def test_a_page_of_the_usual_size_is_not_measured():
    assert not _crowded(PAGES["plain"])
    assert not _crowded(PAGES["just not crowded"])
    assert not _crowded(PAGES["just not wordy"])
    assert _crowded(PAGES["long"])


@pytest.mark.parametrize(
    "change",
    [
        {"signatory": {"name": "S" * 36, "title": ""}},
        {"signatory": {"name": "", "title": "T" * 91}},
        {"heading": "H" * 61},
        {"provider": {"name": "P" * 61, "lines": []}},
        {"unit": "U" * 261},
    ],
)
def test_a_page_with_more_words_is_measured_and_one_of_an_earlier_template_is_as_ever(change):
    assert _crowded(PAGES["plain"] | change)
    assert not _crowded(PAGES["plain"] | change | {"template": 2})


def test_the_same_page_gives_the_same_bytes_in_any_thread():
    first = render(PAGES["plain"]).pdf
    with ThreadPoolExecutor(2) as pool:
        again = list(pool.map(render, [PAGES["plain"], PAGES["long"]] * 3))
    assert {done.pdf for done in again[::2]} == {first}


def test_a_character_that_no_font_has_costs_the_standard_and_never_the_certificate():
    done = render(page(name="Zoe \U0001f728 Quill"))
    assert done.conformance == ()
    assert "Quill" in text_of(done.pdf)


def test_all_that_a_board_wants_to_read_is_there():
    text = text_of(render(PAGES["plain"]).pdf)
    for words in (
        "Certificate of completion",
        "Žaneta Łuczyńska-O'Neil",
        "Counselor · licence 37PC00000000, NJ",
        "8.0 clock hours",
        "Mon, 2 November 2020 16:00–18:00 EST",
        "Live interactive webinar (online, synchronous)",
        "Leslie Becker-Phelps, PhD",
        "Monday, 9 November 2020",
        "Attendance; course evaluation",
        "Institute for Better Health, Inc",
        "responsible for the program and its content",
        "NBCC · Praxis CET · provider no. SAMPLE-0000",
        "approved 1 January 2020 to 31 December 2022",
        "ACEP No. 0000",
        "Sample Signatory",
        "2020-7K3M-9Q2X-VD4T",
        "127.0.0.1:8080/verify/ 7Q4M-ZK2P-9T1X-AAAA",
    ):
        assert words in text, words


def test_a_participation_says_that_it_carries_no_credit_and_names_no_board():
    text = text_of(render(PAGES["participation"]).pdf)
    assert "Certificate of participation" in text
    assert "This certificate carries no CE credit." in text
    assert "NBCC" not in text
    assert "Mon, 26 October 2020 not counted" in text
    assert "credited" not in text


@pytest.mark.parametrize(
    ("attended", "says"),
    [
        ({}, "not attended"),
        ({"s2": Attended(0, False)}, "not attended"),
        ({"s2": Attended(45, False)}, "attended in part, not counted"),
        ({"s2": Attended(3600, False)}, "attended in part, not counted"),
        ({"s2": Attended(7200, True)}, "not counted"),  # as one that they presented
    ],
)
def test_who_gets_no_credit_is_told_of_attendance_and_never_of_credit(attended, says):
    made = page(None, sessions=("s1", "s3", "s4"), attended=attended)
    assert [one["note"] for one in made["sessions"]][1] == says
    assert made["required"] == "Attendance of the sessions counted"
    long = page(None, course=many_sessions(8), sessions=("s1",))
    text = text_of(render(long).pdf)
    assert "Not counted: 2, 3, 4, 5, 6, 7, 8 January 2020" in text
    assert "credited" not in text


def test_a_physicians_certificate_has_the_amas_term_and_what_was_claimed():
    text = text_of(render(PAGES["physician"]).pdf)
    assert "7.5 AMA PRA Category 1 Credit(s)™" in text
    assert "claimed under the approval of ACCME" in text
    assert "Mon, 9 November 2020 90 minutes attended" in text


def test_long_names_and_titles_are_there_whole():
    text = text_of(render(PAGES["long"]).pdf).replace("- ", "-")
    assert LONG_NAME in text
    assert LONG_TITLE in text
    assert "Not authorised: This certificate does not authorise its holder" in text
    assert "Supersedes certificate 2020-AAAA-BBBB-CCCC." in text


def test_a_long_programme_names_its_days_by_month_and_those_not_credited():
    text = text_of(render(PAGES["programme"]).pdf)
    assert "26, 27, 28 January 2020; 1, 2, 3" in text
    assert "1, 2, 3, 4 March 2020" in text
    assert "Not credited: 3 January 2020" in text


@pytest.mark.parametrize("mode", ["CLAIMED", "PRO_RATA"])
def test_what_gives_credit_in_part_is_not_said_to_give_none(mode):
    """Six of seven sessions whole and 90 minutes of one: 13.5, and the seventh is a part of it."""
    course = many_sessions(8)
    course["sessions"][7]["delivery"] = "recorded"
    made = page(
        "ACCME",
        rule=AMA | {"mode": mode, "formats": ["live_online"]},
        credits=Decimal("13.50"),
        course=course,
        sessions=tuple(f"s{n}" for n in range(1, 7)),
        attended={"s7": Attended(5459, False), "s8": Attended(7200, True)},
        counting=frozenset(f"s{n}" for n in range(1, 8)),
    )
    assert [one["note"] for one in made["sessions"]][6:] == ["90 minutes attended", "not credited"]
    text = text_of(render(made).pdf)
    assert "Attended in part: 7 January 2020 (90 min)" in text
    assert "Not credited: 8 January 2020" in text


@pytest.mark.parametrize("mode", ["ALL_OR_NOTHING", "PER_SESSION"])
def test_where_parts_give_nothing_a_session_attended_in_part_is_not_credited(mode):
    made = page(
        rule={"mode": mode},
        course=many_sessions(7),
        sessions=tuple(f"s{n}" for n in range(1, 7)),
        attended={"s7": Attended(5400, False)},
    )
    assert (made["partly"], made["missed"]) == ([], ["7 January 2020"])


def test_what_looks_like_markup_is_a_name():
    assert '#set $x$ *b* <i> \\ "quoted" _u_ `c` @a [b]' in text_of(render(PAGES["markup"]).pdf)


def test_a_statement_of_ten_thousand_characters_is_not_lost():
    words = "This is one sentence of a very long statement. " * 220
    pdf = render(page(rule={"statement": words + "The end of it."})).pdf
    reader = PdfReader(io.BytesIO(pdf))
    assert "The end of it." in " ".join(" ".join(p.extract_text().split()) for p in reader.pages)


def test_categories_and_instructors_are_named():
    made = page(
        categories={"ethics": Decimal("1.50")},
        license=License(profession="mft", state="CA"),
        course={"instructors": [{"name": "A B", "credentials": "MD"}, {"name": "C D"}]},
    )
    assert made["credits_note"] == "awarded under the approval of NBCC, including 1.5 ethics"
    assert made["license"] == "MFT · licensed in CA"
    assert made["instructors"] == ["A B, MD", "C D"]


@pytest.mark.parametrize("length", [1, 20, 50, 150])
def test_the_code_is_drawn_to_the_byte_as_segno_saves_it(length: int) -> None:
    """What is out was rendered with segno's own drawing, and is to be rendered so for ever."""
    url = f"https://{'certificates' * 13}"[:length] + ".example/verify/7Q4M-ZK2P-9T1X-AAAA"
    out = io.BytesIO()
    code = segno.make(url, error="m", micro=False, mask=3)
    code.save(out, kind="svg", border=4, xmldecl=False, svgns=True, dark="#1D2733", light=None)
    assert qr_svg(url) == out.getvalue().decode()
