"""What every answer says of itself, and what the door in front of all does with the ill-meant."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from shared.runtime.tokens import PERSONAL, mint
from tests.conftest import Database
from tests.security.test_doors import service_on
from tests.stage import OPERATOR, SECRET

DOOR = (Path(__file__).parents[2] / "stack" / "Caddyfile").read_text()


@pytest.mark.parametrize("name", ["registration", "billing"])
async def test_no_cache_keeps_what_is_personal_and_no_browser_guesses(
    database: Database, name: str
) -> None:
    service = service_on(name, database(name))
    token = mint(SECRET, PERSONAL, "r1", 1)
    async with (
        service.app.router.lifespan_context(service.app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(service.app), base_url=f"http://{name}.test"
        ) as client,
    ):
        for path in (
            f"/{name}/v1/registrations/r1?t={token}",
            f"/{name}/nothing",
            f"/{name}/metrics",
        ):
            answer = await client.get(path)
            assert answer.headers.get_list("cache-control") == ["no-store"], path
            assert answer.headers["x-content-type-options"] == "nosniff", path
        too_long = await client.post(f"/{name}/v1/quotes", content=b"x" * 2_000_001)
        assert (too_long.status_code, too_long.headers["cache-control"]) == (413, "no-store")


HTML = {"accept": "text/html"}
PAGES = [
    ("attendance", "/attendance/join/nobody-s-link", HTML, 404),
    ("notifications", "/notifications/v1/digest?format=html", {}, 200),
    ("notifications", "/notifications/v1/templates/receipt/preview", {}, 200),
    ("notifications", "/notifications/v1/unsubscribe/nobody-s-link", HTML, 404),
    ("certificates", "/certificates/verify/NOBO-DYSC-ODE2-3456", HTML, 404),
]


@pytest.mark.parametrize(("name", "path", "headers", "status"), PAGES)
async def test_a_page_of_any_service_runs_no_script_and_is_in_no_frame(
    database: Database, name: str, path: str, headers: dict[str, str], status: int
) -> None:
    """All are of one origin, where staff's sessions are."""
    service = service_on(name, database(name))
    asked = headers | {"authorization": f"Bearer {OPERATOR}"}
    async with (
        service.app.router.lifespan_context(service.app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(service.app), base_url=f"http://{name}.test"
        ) as client,
    ):
        answer = await client.get(path, headers=asked)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (status, "text/html")
    [policy] = answer.headers.get_list("content-security-policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert (rules["default-src"], rules["frame-ancestors"]) == ("'none'", "'none'")
    assert "script-src" not in rules


async def test_what_may_be_kept_says_so_still(database: Database) -> None:
    service = service_on("registration", database("registration"))
    async with (
        service.app.router.lifespan_context(service.app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(service.app), base_url="http://registration.test"
        ) as client,
    ):
        answer = await client.get("/registration/v1/courses")
        assert answer.headers.get_list("cache-control") == ["public, no-cache"]


async def test_a_trick_with_a_path_leads_to_nothing_else(database: Database) -> None:
    service = service_on("registration", database("registration"))
    async with (
        service.app.router.lifespan_context(service.app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(service.app), base_url="http://registration.test"
        ) as client,
    ):
        for path in (
            "/registration//v1/people", "/registration/v1/courses/..%2fpeople",
            "/REGISTRATION/v1/courses", "/registration/v1/courses;/x", "/registration/%00",
        ):  # fmt: skip
            request = client.build_request("GET", "http://registration.test/")
            request.url = request.url.copy_with(raw_path=path.encode())
            assert (await client.send(request)).status_code in {400, 401, 404}, path
        for method in ("TRACE", "CONNECT", "PROPFIND"):
            assert (await client.request(method, "/registration/v1/courses")).status_code == 405


def test_the_door_gives_up_on_who_keeps_it_waiting() -> None:
    told = dict(
        re.findall(r"^\s+(read_header|read_body|idle|max_header_size) (\S+)$", DOOR, re.MULTILINE)
    )
    assert told == {
        "read_header": "15s", "read_body": "2m", "idle": "3m", "max_header_size": "64KB"
    }  # fmt: skip
    assert "admin off" in DOOR
