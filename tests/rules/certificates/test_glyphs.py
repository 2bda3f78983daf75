"""What could not be written is said so that staff know the font, and nobody the name."""

from __future__ import annotations

import pytest

from services.certificates.domain.glyphs import lacking, missing_in, script_of
from services.certificates.render import render
from tests.rules.certificates.sample import page

RARE = "\U0001f728"


def test_of_a_name_the_script_is_said_and_of_all_else_the_characters():
    shown = {"name": f"Zoe {RARE} Quill", "statements": [f"a {RARE}"], "title": "Plain"}
    assert lacking(shown, {RARE}) == (
        "name: a character of ALCHEMICAL SYMBOL",
        "statements: U+1F728",
    )


def test_what_typst_complains_of_is_read_from_its_words():
    said = f'PDF/A-2a error: the text `"{RARE}"` could not be displayed with font `"Inter"`'
    assert missing_in(said) == {RARE}
    assert missing_in("failed to parse SVG") == frozenset()


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


def test_everything_that_is_missing_is_said_and_not_only_the_first():
    done = render(page(name=f"Zoe 꿻 {RARE}", rule={"statement": "Sample \U00013000 wording."}))
    assert done.lacks == (
        "name: a character of ALCHEMICAL SYMBOL, HANGUL SYLLABLE",
        "statements: U+13000",
    )


def test_a_page_of_nothing_but_what_is_missing_is_made_all_the_same():
    done = render(page(name=RARE, course={"title": RARE, "approved_title": ""}))
    assert done.conformance == ()
    assert "name: a character of ALCHEMICAL SYMBOL" in done.lacks
