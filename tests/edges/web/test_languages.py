"""Learners' pages in German and Spanish: whole, with the same links, and chosen by the reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.consents import SMS_WORDINGS
from shared.contracts.registration import CoursePublished
from tests.edges.web.owners import COURSE
from tests.edges.web.test_register import GOOD
from tests.pages.story import ADVANCED, PRICED, TOKENS, play

AFTER = datetime(2020, 11, 10, 9, 0, tzinfo=UTC)
PAGES = {
    "/": 200,
    f"/courses/{COURSE}?zone=Europe/London": 200,
    f"/courses/{ADVANCED}": 200,
    **{f"/r/{token}": 200 for token in TOKENS.values()},
    f"/r/{TOKENS['confirmed']}/cancel": 200,
    f"/r/{TOKENS['waiting']}/cancel": 200,
    f"/r/{TOKENS['completed']}/evaluation": 200,
    f"/r/{TOKENS['completed']}/post-test": 200,
    f"/r/{TOKENS['unserved']}/evaluation": 200,
    f"/r/{TOKENS['confirmed']}/substitute": 200,
    f"/courses/{COURSE}?profession=counselor&state=NY": 200,
    f"/courses/{COURSE}?profession=educator": 200,
    "/links": 200,
    "/verify": 200,
    "/verify/GOOD": 200,
    "/verify/BAD": 200,
    "/verify/OLD": 200,
    "/verify/ERASED": 200,
    "/verify/NOBODY": 404,
    "/verify/2020-QELS-ARCG-G555": 404,
    "/nothing/here": 404,
}
# Words that no German and no Spanish sentence has; what a provider wrote stays as it is.
ENGLISH = re.compile(
    r"\b(?:your|you|the|and|of|is|are|until|with|from|session|sessions|seat|seats|course|"
    r"cancel|certificate|back|this|that|if|what|not)\b",
    re.IGNORECASE,
)


def strings_in(value: Any) -> Iterator[str]:
    """Every text of a document, however deep."""
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, str):
        yield value
        yield from value.split("\n")
    elif isinstance(value, (list, tuple)) or type(value).__name__ == "dict_values":
        for one in value:
            yield from strings_in(one)


def without(text: str, theirs: set[str]) -> str:
    """What is left when all that a provider or a learner wrote is taken out."""
    for one in sorted(theirs, key=len, reverse=True):
        text = text.replace(one, " ")
    return text


def words_of(html: str) -> str:
    """What is read, and what is read out: names of images and of parts."""
    named = " ".join(re.findall(r'(?:aria-label|alt|title|content)="([^"]*)"', html))
    html = re.sub(r"<(svg|option|style)\b(?![^>]*aria-label).*?</\1>", " ", html, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", html) + " " + named
    text = text.replace("&#39;", "'").replace("&amp;", "&").replace("&#34;", '"')
    return re.sub(r"\s+", " ", text)


@pytest.fixture
async def story(visitor, owners, tell):
    play(owners)
    await tell(PRICED)
    theirs = {SMS_WORDINGS["sms-1"], "Beck Institute", "For employers"}
    for document in (
        dict(CoursePublished.example),
        PRICED.model_dump(mode="json"),
        [answer for answer in owners.answers.values() if isinstance(answer, tuple)],
    ):
        theirs |= {" ".join(one.split()) for one in strings_in(document)}
        theirs |= {one[:1].upper() + one[1:] for one in theirs}
        theirs |= {one.lower() for one in theirs if len(one.split()) > 2}
    return {one for one in theirs if len(one) > 3}


@pytest.mark.parametrize("language", ["de", "es"])
@pytest.mark.parametrize("late", [False, True])
async def test_every_page_is_whole_in_each_language(visitor, clock, story, language, late):
    if late:
        clock.time = AFTER
    wrong = {}
    for path, status in PAGES.items():
        english = await visitor.get(path)
        page = await visitor.get(path, headers={"Accept-Language": f"{language}-XX,{language}"})
        if late and "/substitute" in path:
            continue  # not any more
        assert (page.status_code, english.status_code) == (status, status), path
        assert f'<html lang="{language}"' in page.text, path
        links = re.compile(r'(?:href|action|name|id)="([^"?][^"]*)"')
        assert links.findall(page.text) == links.findall(english.text), path
        assert not re.search(r"%\(\w+\)s|%%|\{\{|\bNone\b", words_of(page.text)), path
        left = set(ENGLISH.findall(without(words_of(page.text), story)))
        if left:
            wrong[path] = left
    assert wrong == {}


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("de", ["Bitte sehen Sie noch 4 Stellen nach", "Geben Sie Ihren Namen so an, wie er"]),
        ("es", ["Revise 4 cosas antes de que podamos", "Indique su nombre tal como debe figurar"]),
    ],
)
async def test_faults_are_told_in_the_readers_language(visitor, story, language, says):
    path = f"/courses/{COURSE}/register"
    form = {"email": "ada@learners", "disclosure_version": "2020-09-01"}
    page = await visitor.post(path, data=form, headers={"Accept-Language": language})
    assert page.status_code == 422
    for one in says:
        assert one in page.text
    assert 'class="languages"' not in page.text, "by a link what was typed would be lost"
    assert not set(ENGLISH.findall(without(words_of(page.text), story)))


async def test_a_reader_chooses_a_language_and_keeps_it(visitor, story):
    page = await visitor.get(f"/courses/{COURSE}?zone=Europe/London")
    assert 'href="?zone=Europe%2FLondon&amp;lang=de"' in page.text
    assert '<strong lang="en" aria-current="true">English</strong>' in page.text
    page = await visitor.get(f"/courses/{COURSE}?zone=Europe/London&lang=de")
    assert "Fortbildungsstunden" in page.text
    assert "Zeit in London (BST)" in page.text
    assert "lang=de" in page.headers["set-cookie"]
    page = await visitor.get("/", headers={"Accept-Language": "es"})
    assert '<html lang="de"' in page.text, "chosen comes before what the browser says"
    for junk in ("fr", "", "<b>", "de&lang=xx"):
        page = await visitor.get(f"/?lang={junk}")
        assert page.status_code == 200
        assert "lang=fr" not in page.headers.get("set-cookie", "")


async def test_a_registration_names_the_language_that_was_read(visitor, owners, story):
    path = f"/courses/{COURSE}/register"
    await visitor.post(path, data=GOOD, headers={"Accept-Language": "es-MX,es"})
    [asked] = owners.calls(f"/registration/v1/courses/{COURSE}/registrations")
    assert asked.body["attendee"]["locale"] == "es-MX"


async def test_what_is_for_staff_and_developers_stays_english(visitor):
    for path in ("/console/sign-in", "/developers"):
        page = await visitor.get(path, headers={"Accept-Language": "de"})
        assert '<html lang="en"' in page.text, path
        assert "Skip to the content" in page.text, path
        assert 'class="languages"' not in page.text, path
