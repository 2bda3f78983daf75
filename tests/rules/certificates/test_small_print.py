"""What is printed can be read on paper, and what is large stays so, however much has to fit."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from services.certificates.render import render
from shared.contracts.registration import License
from tests import pictures
from tests.rules.certificates.sample import AMA, BOARD, LONG_NAME, LONG_TITLE, PAGES, many_sessions
from tests.rules.certificates.sample import page as page_of
from tests.rules.certificates.test_looks import LAYOUTS
from tests.rules.certificates.test_render import PROFILES, failures

LEAST = 7  # points
STATEMENT = BOARD["statement"]
ENDLESS = page_of(rule={"statement": "This is one sentence of a very long statement. " * 220})
SOMEBODY = "Wolfeschlegelsteinhausenbergerdorff"
SIX = many_sessions(6)
ALL_SIX = tuple(f"s{n}" for n in range(1, 7))


def taught_by(count: int) -> dict[str, Any]:
    named = [f"Instructor Number {n}" for n in range(1, count + 1)]
    return {"instructors": [{"name": name, "credentials": "PhD, LCSW"} for name in named]}


CROWDED: dict[str, dict[str, Any]] = {
    "many sessions, many credits": page_of(
        "ACCME",
        rule=AMA | {"statement": STATEMENT * 4},
        credits=Decimal("123.75"),
        name=LONG_NAME,
        course={"approved_title": LONG_TITLE} | many_sessions(60),
        sessions=tuple(f"s{n}" for n in range(1, 61)),
    ),
    "scripts": page_of(
        name="محمد عبد الرحمن الخوارزمي 田中 美咲 अनुष्का शर्मा",
        rule={"statement": STATEMENT + " 認定された継続教育プロバイダー。" * 20},
        course={"approved_title": f"依恋理论 {LONG_TITLE}"},
    ),
    "a long unit": page_of(
        rule={
            "unit": "Continuing Education Contact Hours for Licensed Clinical Social Workers",
            "statement": STATEMENT * 3,
        }
    ),
    "long statements": page_of(rule={"statement": STATEMENT * 8}),
    "fine print": page_of(
        course={"layout": {"paper": "letter", "fine_print": "Fine print. " * 80}},
        rule={"statement": "A statement. " * 60},
    ),
    "upright": page_of(
        name=LONG_NAME,
        course={"approved_title": LONG_TITLE, "layout": LAYOUTS["everything"]},
        rule={"statement": STATEMENT * 6},
    ),
    "endless": ENDLESS,
    "twelve instructors": page_of(course=taught_by(12)),
    "six sessions, ten instructors": page_of(course=taught_by(10) | SIX, sessions=ALL_SIX),
    "six sessions, as many instructors as stand one below the other": page_of(
        course=taught_by(6)
        | SIX
        | {"joint_sponsor": {"name": SOMEBODY * 3, "responsible_for": "everything " * 20}},
        sessions=ALL_SIX,
    ),
    "eighty instructors": page_of(course=taught_by(80)),
    "upright, with twenty instructors": page_of(
        course={"layout": {"orientation": "portrait"}} | taught_by(20),
        rule={"statement": STATEMENT * 24},
    ),
    "half of 200 sessions": page_of(
        course=many_sessions(200), sessions=tuple(f"s{n}" for n in range(1, 201, 2))
    ),
    "a name of 200 characters": page_of(name=(f"{LONG_NAME} " * 2)[:200].strip()),
    "a name of one word": page_of(name=(SOMEBODY * 3).capitalize()),
    "a name of one word that is just not long": page_of(name=(SOMEBODY * 2)[:60].capitalize()),
    "a long signatory": page_of(
        name=(f"{LONG_NAME} " * 2)[:200].strip(),
        course={"layout": {"signatory": {"name": "Signatory " * 20, "title": "Title " * 60}}},
    ),
    "long words": page_of(
        license=License(profession="counselor", state="NJ", number="9" * 120),
        rule={"unit": "unit" * 40},
        course={"approved_title": "Psycho" * 60, "instructors": [{"name": "Abc" * 40}]},
    ),
}
ALL = PAGES | dict(pictures.pages()) | CROWDED


def printed(made: dict[str, Any]) -> dict[str, float]:
    """Each piece of text as the PDF has it, with its size in points; the smallest of equal ones."""
    found: dict[str, float] = {}

    def seen(text: str, cm: list[float], tm: list[float], _font: Any, size: float) -> None:
        if words := text.strip():
            points = round(size * abs(tm[3]) * abs(cm[3]), 2)
            found[words] = min(points, found.get(words, points))

    for sheet in PdfReader(io.BytesIO(render(made).pdf)).pages:
        sheet.extract_text(visitor_text=seen)
    return found


@pytest.mark.parametrize("kind", ALL)
def test_nothing_is_printed_smaller_than_can_be_read_on_paper(kind):
    sizes = printed(ALL[kind])
    assert len(sizes) > 20
    assert {words: size for words, size in sizes.items() if size < LEAST} == {}


def test_this_would_be_seen():
    """The second template printed the statements of the fullest page at five points."""
    assert min(printed(CROWDED["endless"] | {"template": 2}).values()) < 6


def too_close(pdf: bytes) -> list[tuple[str, str]]:
    """Pieces of text that begin at the same left edge, less than a line apart. Marks of letters are
    pieces of their own, and stand where they belong: so pieces of few letters are left out."""
    found = []
    for sheet in PdfReader(io.BytesIO(pdf)).pages:
        pieces: list[tuple[str, float, float, float]] = []

        def seen(
            text: str,
            cm: list[float],
            tm: list[float],
            _font: Any,
            size: float,
            to: list[tuple[str, float, float, float]] = pieces,
        ) -> None:
            if len(words := text.strip()) > 3:
                right = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
                up = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
                to.append((words, right, up, size * abs(tm[3]) * abs(cm[3])))

        sheet.extract_text(visitor_text=seen)
        for n, (words, right, up, size) in enumerate(pieces):
            for other, its_right, its_up, its_size in pieces[n + 1 :]:
                apart = abs(up - its_up)
                if abs(right - its_right) < 1 and 0.3 < apart < 0.9 * min(size, its_size):
                    found.append((words, other))
    return found


@pytest.mark.parametrize("kind", ALL)
def test_nothing_is_printed_over_anything_else(kind):
    assert too_close(render(ALL[kind]).pdf) == []


def test_what_is_printed_over_something_would_be_seen():
    made = render(PAGES["plain"]).pdf
    twice, written = PdfWriter(clone_from=io.BytesIO(made)), io.BytesIO()
    twice.pages[0].merge_translated_page(PdfReader(io.BytesIO(made)).pages[0], 0, 3)
    twice.write(written)
    assert len(too_close(written.getvalue())) > 20


@pytest.mark.parametrize("kind", CROWDED)
def test_who_signs_and_how_to_verify_it_are_on_one_sheet_and_every_sheet_has_more(kind):
    made = CROWDED[kind]
    texts = [s.extract_text() for s in PdfReader(io.BytesIO(render(made).pdf)).pages]
    code = made["verify_words"][1]
    [at] = [text for text in texts if code in text]
    for words in ("CERTIFICATE NO.", "VERIFY AT", made["signatory"]["title"].split()[-1]):
        assert words in at
    assert len(texts) == 1 or all("page" in text and made["number"] in text for text in texts)


@pytest.mark.parametrize(
    "kind", ["twelve instructors", "six sessions, ten instructors", "a long signatory"]
)
def test_what_is_no_more_than_much_is_one_sheet(kind):
    assert len(PdfReader(io.BytesIO(render(CROWDED[kind]).pdf)).pages) == 1


def test_a_word_wider_than_its_column_goes_on_in_the_next_line_and_can_be_copied():
    made = CROWDED["long words"]
    pieces = printed(made)
    [text] = [s.extract_text() for s in PdfReader(io.BytesIO(render(made).pdf)).pages]
    joined = "".join(text.split())
    for words, most in (
        ("9" * 120, 90),
        ("unit" * 40, 120),
        ("Psycho" * 60, 120),
        ("Abc" * 40, 70),
    ):
        assert words in joined
        assert max((len(p) for p in pieces if p in words), default=0) <= most


@pytest.mark.parametrize("kind", CROWDED)
def test_the_name_is_the_largest_and_the_credits_come_after_it(kind):
    sizes, made = printed(CROWDED[kind]), CROWDED[kind]
    name = max(size for words, size in sizes.items() if words in made["name"])
    assert name == max(sizes.values())
    assert sizes[made["credits"]] <= name


def test_on_a_crowded_page_the_credits_are_smaller_as_all_else_is():
    roomy, crowded = printed(PAGES["plain"]), printed(CROWDED["long statements"])
    for words in ("8.0", "clock hours", "completed", PAGES["plain"]["name"]):
        assert crowded[words] < roomy[words], words


def test_a_unit_of_many_words_stands_beside_its_number():
    assert CROWDED["a long unit"]["unit"] in printed(CROWDED["a long unit"])


def test_what_runs_to_a_second_sheet_says_on_each_whose_it_is():
    done = render(ENDLESS)
    texts = [sheet.extract_text() for sheet in PdfReader(io.BytesIO(done.pdf)).pages]
    assert len(texts) == 2
    for number, text in enumerate(texts, 1):
        assert f"Certificate no. {ENDLESS['number']}, page {number} of 2" in text
    assert (
        "page 1 of" not in PdfReader(io.BytesIO(render(PAGES["long"]).pdf)).pages[0].extract_text()
    )
    assert done.conformance
    for profile in PROFILES:
        assert failures(done.pdf, profile) == []
