"""The course list: a page of it at a time, whatever number of courses there ever were."""

import gzip
import re
from datetime import timedelta

import httpx
import pytest

from shared.contracts.registration import CoursePublished
from shared.dates import parse_instant, rfc3339
from tests.edges.web.conftest import Tell

NOW = parse_instant("2020-09-14T15:04:05Z")


@pytest.fixture
async def among(web, tell: Tell):
    """A visitor among so many courses: coming ones a day apart, and those over a day apart too."""
    [session, *_] = CoursePublished.example["sessions"]

    async def made(coming: int, past: int) -> httpx.AsyncClient:
        for n in range(-past, coming):
            begins = NOW + timedelta(days=n, hours=12 if n >= 0 else 0)
            at = {"starts_at": rfc3339(begins), "ends_at": rfc3339(begins + timedelta(hours=2))}
            who = {"course_id": f"c{n:+d}", "title": f"Course {n:+d}"}
            said = CoursePublished.example | who | {"sessions": [session | at]}
            await tell(CoursePublished.model_validate(said))
        return httpx.AsyncClient(transport=httpx.ASGITransport(web.app), base_url="http://web.test")

    return made


def listed(page: httpx.Response) -> list[int]:
    return [
        int(n) for n in re.findall(r'<a href="/courses/c[^"]*">Course ([+-][0-9]+)</a>', page.text)
    ]


def leads(page: httpx.Response) -> dict[str, str]:
    return dict(re.findall(r'rel="(prev|next)" href="([^"]+)"', page.text))


async def test_sixty_that_are_coming_are_three_pages_soonest_first(among):
    visitor = await among(60, 12)
    first = await visitor.get("/")
    assert listed(first) == [*range(25), *range(-1, -11, -1)]
    assert leads(first) == {"next": "/?page=2"}
    assert 'href="/?earlier=1"' in first.text
    second = await visitor.get(leads(first)["next"])
    assert listed(second) == [*range(25, 50)]
    assert leads(second) == {"prev": "/", "next": "/?page=3"}
    assert "<title>Courses, page 2" in second.text
    third = await visitor.get(leads(second)["next"])
    assert listed(third) == [*range(50, 60)]
    assert leads(third) == {"prev": "/?page=2"}
    assert len(gzip.compress(first.content)) < 4_000, "it weighs as much however many there are"


async def test_all_that_were_are_there_latest_first(among):
    visitor = await among(1, 30)
    first = await visitor.get("/?earlier=1")
    assert listed(first) == [*range(-1, -26, -1)]
    assert leads(first) == {"next": "/?earlier=2"}
    second = await visitor.get("/?earlier=2")
    assert listed(second) == [*range(-26, -31, -1)]
    assert leads(second) == {"prev": "/?earlier=1"}
    assert "<h1>Earlier courses, page 2</h1>" in second.text


async def test_a_few_are_one_page_with_nothing_to_turn(among):
    visitor = await among(25, 10)
    page = await visitor.get("/")
    assert (len(listed(page)), leads(page)) == (35, {})
    assert "earlier=1" not in page.text
    assert leads(await visitor.get("/?earlier=1")) == {}


@pytest.mark.parametrize("query", ["page=", "page=0", "page=-1", "page=x", "page=1e3", "page=1"])
async def test_what_is_no_number_is_the_first_page(among, query):
    visitor = await among(2, 1)
    assert listed(await visitor.get(f"/?{query}")) == [0, 1, -1]


@pytest.mark.parametrize("query", ["page=2", "page=999999", "earlier=2"])
async def test_behind_the_last_page_there_is_none(among, query):
    visitor = await among(2, 1)
    assert (await visitor.get(f"/?{query}")).status_code == 404


async def test_the_first_page_stands_where_there_is_nothing(among):
    visitor = await among(0, 0)
    assert "No course is open just now." in (await visitor.get("/")).text
    assert "No course is over yet." in (await visitor.get("/?earlier=1")).text


async def test_a_course_in_another_language_turns_in_that_language(among):
    visitor = await among(26, 0)
    page = await visitor.get("/?page=2", headers={"Accept-Language": "de"})
    assert "Vorige Seite" in page.text
    assert 'href="?page=2&amp;lang=es"' in page.text
