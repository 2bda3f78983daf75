"""A door leads where FastAPI would, for a good request; for all others FastAPI is asked."""

from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request, Response

from shared.runtime import problems
from shared.runtime.direct import Direct
from shared.runtime.logs import about
from shared.runtime.shortcut import Shortcut, doors_of
from tests.runtime.test_direct import DIARY, GOOD, Asked, FirstDep, accept, perhaps, second

JSON = (b"content-type", b"application/json")


async def here(name: str, body: Asked) -> Response:
    return Response(f"here {name}")


async def there(request: Request) -> Response:
    return Response(f"there {request.path_params}")


async def broken(body: Asked, who: FirstDep) -> Response:
    raise ZeroDivisionError


def app_of(*routes: tuple[str, Any], short: bool = True) -> FastAPI:
    """An app with these routes, each by POST, in that order, in routers of their own."""
    app = FastAPI()
    problems.install(app)
    for path, endpoint in routes:
        router = APIRouter(route_class=Direct)
        router.add_api_route(path, endpoint, methods=["POST"])
        app.include_router(router)
    if short:
        app.add_middleware(Shortcut, doors=doors_of(app.routes))
    return app


USUAL = ("/accept/{name}", accept), ("/perhaps", perhaps), ("/a/{name}/b", here), ("/x", broken)


async def asked(
    app: FastAPI, path: str, method: str = "POST", root_path: str = "", **more: Any
) -> Any:
    """What is answered, what was called for it, and what the scope says of its route."""
    DIARY.clear()
    routes: list[Any] = []

    async def noted(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        finally:
            path = getattr(scope.get("route"), "path", "unknown")
            routes.append((path, scope.get("endpoint"), scope.get("path_params")))

    transport = httpx.ASGITransport(noted, raise_app_exceptions=False, root_path=root_path)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        with about({"trace_id": "1" * 32}):
            answer = await client.request(method, path, **more)
    return answer.status_code, answer.headers.raw, answer.content, list(DIARY), routes


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of requests that FastAPI did not see."""
    paths: list[str] = []
    call = Shortcut.__call__

    async def noticing(self: Shortcut, scope: Any, receive: Any, send: Any) -> None:
        inner, handed = self._app, []

        async def seeing(*given: Any) -> None:
            handed.append(given)
            await inner(*given)

        self._app = seeing
        try:
            await call(self, scope, receive, send)
        finally:
            self._app = inner
            if not handed and scope["type"] == "http":
                paths.append(scope["path"])

    monkeypatch.setattr(Shortcut, "__call__", noticing)
    return paths


GOOD_ONES = [
    ("/accept/ada", {"json": GOOD}),
    ("/accept/ada%20b", {"json": GOOD}),
    ("/accept/ada", {"json": GOOD, "headers": {"who": "refused"}}),
    ("/perhaps", {}),
    ("/a/x/b?more=1", {"json": GOOD}),
    ("/x", {"json": GOOD}),
]
OTHERS = [
    ("/accept/ada", {"json": {"amount": "x"}}),
    ("/accept/ada", {"json": {"amount": "x"}, "headers": {"who": "refused"}}),
    ("/accept/ada", {"content": b"{", "headers": {"content-type": "application/json"}}),
    ("/accept/ada", {"content": b'{"amount": 7}', "headers": {"content-type": "text/plain"}}),
    ("/accept/ada", {"method": "GET"}),
    ("/accept/", {"json": GOOD}),
    ("/accept/a%2Fb", {"json": GOOD}),
    ("/accept", {"json": GOOD}),
    ("/perhaps/", {}),
    ("/perhaps%0A", {}),
    ("/a//b", {"json": GOOD}),
    ("/nowhere", {"json": GOOD}),
]


@pytest.mark.parametrize("place", range(len(GOOD_ONES)))
async def test_a_good_request_is_answered_as_by_fastapi_and_seen_by_its_route_only(place, short):
    path, more = GOOD_ONES[place]
    answer = await asked(app_of(*USUAL), path, **more)
    assert len(short) == 1
    assert answer == await asked(app_of(*USUAL, short=False), path, **more)
    assert answer[4][0][0] != "unknown"


@pytest.mark.parametrize("place", range(len(OTHERS)))
async def test_any_other_is_fastapis_as_it_came(place, short):
    path, more = OTHERS[place]
    answer = await asked(app_of(*USUAL), path, **more)
    assert short == []
    assert answer == await asked(app_of(*USUAL, short=False), path, **more)


@pytest.mark.parametrize(
    ("first", "path"),
    [
        ("/{anything}/ada", "/accept/ada"),
        ("/accept/ada", "/accept/ada"),
        ("/accept/{name}.pdf", "/accept/x.pdf"),
        ("/accept/{rest:path}", "/accept/ada"),
        ("/accept/{number:int}", "/accept/7"),
    ],
)
async def test_of_two_routes_that_fit_the_first_is_taken(first, path, short):
    routes = (first, there), ("/accept/{name}", here)
    answer = await asked(app_of(*routes), path, json=GOOD)
    assert answer == await asked(app_of(*routes, short=False), path, json=GOOD)
    assert answer[2].startswith(b"there")


async def test_one_that_a_mount_stands_before_is_found_as_before(short):
    def mounted(*, doors: bool) -> FastAPI:
        app, inner = app_of(short=False), app_of(("/ada", there), short=False)
        app.mount("/accept", inner)
        app.add_api_route("/accept/{name}", here, methods=["POST"])
        if doors:
            app.add_middleware(Shortcut, doors=doors_of(app.routes))
        return app

    answer = await asked(mounted(doors=True), "/accept/ada", json=GOOD)
    assert answer[2] == b"there {}"
    assert short == []


async def test_behind_a_prefix_of_a_proxy_fastapi_is_asked(short):
    answer = await asked(app_of(*USUAL), "/under/perhaps", root_path="/under")
    assert (answer[0], short) == (200, [])


async def test_what_a_test_replaces_is_replaced(short):
    app = app_of(*USUAL)
    app.dependency_overrides[second] = lambda: "a stand-in"
    assert (await asked(app, "/accept/ada", json=GOOD))[2] == b"ada 7 x nobody a stand-in"
    assert short == []


async def by_hand(app: FastAPI, messages: Sequence[Any]) -> tuple[int, bytes]:
    """What is answered to a body that comes in parts; the client then hangs up."""
    sent: list[Any] = []
    left = list(messages)
    DIARY.clear()

    async def receive() -> Any:
        return left.pop(0) if left else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/accept/ada", "query_string": b"",
        "headers": [JSON], "root_path": "",
    }  # fmt: skip
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent)


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize("is_short", [True, False])
async def test_a_body_in_parts_is_one_body(is_short):
    app = app_of(*USUAL, short=is_short)
    parts = [part(b'{"amount"', more=True), {"type": "http.request", "more_body": True}]
    status, body = await by_hand(app, [*parts, part(b": 7}", more=False)])
    assert (status, body) == (201, b"ada 7  nobody second of nobody")
    status, body = await by_hand(app, [*parts, part(b": []}", more=False)])
    assert status == 422
    assert b"/amount" in body


@pytest.mark.parametrize("is_short", [True, False])
async def test_who_hangs_up_while_sending_reaches_no_endpoint(is_short):
    app = app_of(*USUAL, short=is_short)
    status, _ = await by_hand(app, [part(b'{"amount": 7}', more=True)])
    assert (status, DIARY) == (400, [])
