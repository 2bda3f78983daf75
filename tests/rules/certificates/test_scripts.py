"""Every script of the world that we ship fonts for, in every field of a certificate."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from services.certificates.render import render
from tests.rules.certificates.sample import page
from tests.rules.certificates.scripts import SCRIPTS, page_in
from tests.rules.certificates.test_render import PROFILES, failures

# What a reader puts in order by itself: pypdf gives these letters as they stand on the page.
UNORDERED = {"arabic", "persian", "hebrew", "devanagari"}


def letters_of(pdf: bytes) -> tuple[str, set[str]]:
    """The text as extracted, and every letter of it, with what stands for several glyphs."""
    [only] = PdfReader(io.BytesIO(pdf)).pages
    text = only.extract_text()
    drawn = only.get_contents().get_data()
    spans = re.findall(rb"/ActualText\s*(?:<FEFF([0-9A-F]+)>|\(\xfe\xff(.*?)\))", drawn, re.DOTALL)
    said = "".join(bytes.fromhex(x.decode()).decode("utf-16-be") for x, _ in spans if x)
    return text, {*text, *said}


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_script_is_written_in_every_field_conforming_and_can_be_read_back(script):
    name, words = SCRIPTS[script]
    done = render(page_in(script))
    assert (done.conformance, done.lacks) == (("PDF/A-2a", "PDF/UA-1"), ())
    for profile in PROFILES:
        assert failures(done.pdf, profile) == []
    text, letters = letters_of(done.pdf)
    if script in UNORDERED:
        assert set(name + words) - letters == set()
    else:
        assert text.count(name) == 4  # whom it is for, two instructors, who signs
        assert " ".join(text.split()).count(words) >= 10


@pytest.mark.parametrize("language", ["en", "ja", "zh", "ko", "ar", "he", "el", "hi"])
def test_a_page_in_any_language_conforms_and_keeps_its_grid(language):
    done = render(page(course={"language": language}))
    assert done.conformance == ("PDF/A-2a", "PDF/UA-1")
    [only] = PdfReader(io.BytesIO(done.pdf)).pages
    assert "Žaneta Łuczyńska-O'Neil" in only.extract_text()


# One by one: family names that are written with a character of their own, and given names that
# are common though their character is not.
@pytest.mark.parametrize(
    "name", ["髙橋", "山﨑", "𠮷田", "璐瑶", "王玥", "黃瀞儀", "남궁 슬기", "Đặng", "Ġorġ"]
)
def test_names_with_rarer_characters_are_written(name):
    assert render(page(name=name)).conformance == ("PDF/A-2a", "PDF/UA-1")
