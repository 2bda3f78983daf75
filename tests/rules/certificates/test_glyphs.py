"""What could not be written is said so that staff know the font, and nobody the name."""

from __future__ import annotations

import pytest

from services.certificates.domain.glyphs import lacking, script_of
from services.certificates.render import render
from tests.rules.certificates.sample import page

RARE = "\U0001f728"


def complaint(words: str) -> str:
    return f'PDF/A-2a error: the text `"{words}"` could not be displayed with font `"Inter"`'


def test_of_a_name_the_script_is_said_and_of_all_else_the_characters():
    shown = {"name": f"Zoe {RARE} Quill", "statements": [f"a {RARE}"], "title": "Plain"}
    assert lacking(shown, complaint(RARE)) == (
        "name: a character of ALCHEMICAL SYMBOL",
        "statements: U+1F728",
    )


def test_a_complaint_about_something_else_says_nothing():
    shown = {"name": "Zoe", "layout": {"logo": "<svg"}}
    assert lacking(shown, "failed to parse SVG") == ()


@pytest.mark.parametrize(
    ("character", "script"),
    [
        ("꿻", "HANGUL SYLLABLE"),
        ("龘", "CJK UNIFIED"),
        ("\U00013000", "EGYPTIAN HIEROGLYPH"),
        ("\ue000", "unnamed script"),
    ],
)
def test_a_script_is_told_by_unicode(character, script):
    assert script_of(character) == script


def test_what_a_rendered_page_lacks_is_said_and_its_name_is_not():
    done = render(page(name="Zoe 꿻", rule={"statement": "Sample wording."}))
    assert done.conformance == ()
    assert done.lacks == ("name: a character of HANGUL SYLLABLE",)
