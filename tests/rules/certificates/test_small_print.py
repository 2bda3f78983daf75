"""What is printed can be read on paper, and what is large stays so, however much has to fit."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from services.certificates.render import render
from tests import pictures
from tests.rules.certificates.sample import AMA, BOARD, LONG_NAME, LONG_TITLE, PAGES, many_sessions
from tests.rules.certificates.sample import page as page_of
from tests.rules.certificates.test_looks import LAYOUTS
from tests.rules.certificates.test_render import PROFILES, failures

LEAST = 7  # points
STATEMENT = BOARD["statement"]
ENDLESS = page_of(rule={"statement": "This is one sentence of a very long statement. " * 220})
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
