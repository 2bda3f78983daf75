"""A route reached directly does what FastAPI does, and is left to FastAPI where it is more."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Body, Depends, FastAPI, Query, Request, Response
from pydantic import BaseModel

from shared.errors import Forbidden
from shared.runtime import direct, problems
from shared.runtime.direct import Direct

DIARY: list[str] = []


class Asked(BaseModel):
    amount: int
    note: str = ""


async def first(request: Request) -> str:
    DIARY.append("first")
    return request.headers.get("who", "nobody")


FirstDep = Annotated[str, Depends(first)]


async def second(who: FirstDep) -> str:
    DIARY.append("second")
    if who == "refused":
        raise Forbidden("not-you", "Not you.")
    return f"second of {who}"


async def guard(who: FirstDep) -> None:
    DIARY.append("guard")
    if who == "guarded":
        raise Forbidden("guarded", "The router says no.")


SecondDep = Annotated[str, Depends(second)]


async def accept(name: str, body: Asked, one: FirstDep, two: SecondDep) -> Response:
    DIARY.append("endpoint")
    return Response(f"{name} {body.amount} {body.note} {one} {two}", 201, {"x-kept": "yes"})


async def perhaps(who: FirstDep, request: Request, body: Asked | None = None) -> Response:
    return Response(f"{request.url.path} {who} {body}")


async def plainly(body: Asked) -> dict[str, int]:
    return {"amount": body.amount}


async def asking(body: Asked, more: Annotated[int, Query()] = 1) -> Response:
    return Response(f"{body.amount * more}")


async def two_bodies(one: Asked, other: Asked) -> Response:
    return Response(f"{one.amount} {other.amount}")


async def embedded(body: Annotated[Asked, Body(embed=True)]) -> Response:
    return Response(f"{body.amount}")


def blocking(body: Asked) -> Response:
    return Response(f"{body.amount}")


async def opened() -> AsyncIterator[str]:
    yield "open"
    DIARY.append("closed")


async def with_closing(body: Asked, it: Annotated[str, Depends(opened)]) -> Response:
    return Response(f"{body.amount} {it}")


def router(route_class: Any, dependencies: Sequence[Any] = ()) -> APIRouter:
    made = APIRouter(route_class=route_class, dependencies=list(dependencies))
    made.add_api_route("/accept/{name}", accept, methods=["POST"])
    made.add_api_route("/perhaps", perhaps, methods=["POST"])
    for endpoint in (plainly, asking, two_bodies, embedded, blocking, with_closing):
        made.add_api_route(f"/{endpoint.__name__}", endpoint, methods=["POST"])
    return made


def app_of(*routers: APIRouter, **more: Any) -> FastAPI:
    app = FastAPI(**more)
    problems.install(app)
    for each in routers:
        app.include_router(each)
    return app


async def asked(app: FastAPI, path: str, **more: Any) -> Any:
    """What is answered, and what was called for it."""
    DIARY.clear()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        trace = {"traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"}
        answer = await client.post(path, **more | {"headers": trace | more.get("headers", {})})
    return answer.status_code, answer.headers.raw, answer.content, list(DIARY)


@pytest.fixture
def directly(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the requests that FastAPI's own way did not see."""
    paths: list[str] = []
    read = direct._read

    async def reading(way: Any, request: Request) -> Any:
        values = await read(way, request)
        if values is not None:
            paths.append(request.url.path)
        return values

    monkeypatch.setattr(direct, "_read", reading)
    return paths


GOOD = {"amount": 7, "note": "x"}


async def test_a_good_request_goes_directly_and_calls_each_dependency_once_in_order(directly):
    answer = await asked(app_of(router(Direct)), "/accept/ada", json=GOOD, headers={"who": "ada"})
    assert answer == await asked(
        app_of(router(Direct.__base__)), "/accept/ada", json=GOOD, headers={"who": "ada"}
    )
    assert (answer[0], answer[2]) == (201, b"ada 7 x ada second of ada")
    assert answer[3] == ["first", "second", "endpoint"]
    assert directly == ["/accept/ada"]


async def test_a_dependency_that_refuses_ends_it_there_and_is_called_once(directly):
    answer = await asked(app_of(router(Direct)), "/accept/a", json=GOOD, headers={"who": "refused"})
    assert (answer[0], answer[3]) == (403, ["first", "second"])
    assert directly == ["/accept/a"]


async def test_where_the_body_does_not_fit_dependencies_are_called_once_and_refuse_first(directly):
    app = app_of(router(Direct))
    answer = await asked(app, "/accept/ada", json={"amount": "x"})
    assert (answer[0], answer[3]) == (422, ["first", "second"])
    answer = await asked(app, "/accept/ada", json={}, headers={"who": "refused"})
    assert (answer[0], answer[3]) == (403, ["first", "second"])
    assert directly == []


@pytest.mark.parametrize("where", ["the router", "including", "the app", "a router around it"])
async def test_what_the_routers_and_the_app_ask_for_is_asked_for(where, directly):
    asks = [Depends(guard)]
    app = app_of(dependencies=asks if where == "the app" else [])
    inner = router(Direct, asks if where == "the router" else ())
    if where == "a router around it":
        outer = APIRouter(dependencies=asks)
        outer.include_router(inner)
        inner = outer
    app.include_router(inner, dependencies=asks if where == "including" else [])
    refused = await asked(app, "/accept/ada", json=GOOD, headers={"who": "guarded"})
    assert (refused[0], refused[3]) == (403, ["first", "guard"])
    passed = await asked(app, "/accept/ada", json=GOOD)
    assert (passed[0], passed[3]) == (201, ["first", "guard", "second", "endpoint"])
    assert directly == ["/accept/ada"] * 2


async def test_two_apps_that_include_one_router_ask_each_for_its_own():
    shared = router(Direct)
    strict, plain = FastAPI(), app_of(shared)
    problems.install(strict)
    strict.include_router(shared, dependencies=[Depends(guard)])
    for _ in range(2):
        said = {"json": GOOD, "headers": {"who": "guarded"}}
        assert (await asked(strict, "/accept/ada", **said))[0] == 403
        assert (await asked(plain, "/accept/ada", **said))[0] == 201


async def test_a_body_that_may_be_left_out_is_none(directly):
    for more in ({}, {"json": GOOD}, {"headers": {"content-type": "application/json"}}):
        answer = await asked(app_of(router(Direct)), "/perhaps", **more)
        assert answer == await asked(app_of(router(Direct.__base__)), "/perhaps", **more)
        assert answer[2].endswith(b"None" if "json" not in more else b"note='x'")
    assert directly == ["/perhaps"] * 3


@pytest.mark.parametrize(
    ("path", "body", "wanted"),
    [
        ("plainly", GOOD, b'{"amount":7}'),
        ("asking?more=3", GOOD, b"21"),
        ("two_bodies", {"one": GOOD, "other": GOOD}, b"7 7"),
        ("embedded", {"body": GOOD}, b"7"),
        ("blocking", GOOD, b"7"),
        ("with_closing", GOOD, b"7 open"),
    ],
)
async def test_a_route_that_is_more_is_left_to_fastapi(path, body, wanted, directly):
    answer = await asked(app_of(router(Direct)), f"/{path}", json=body)
    assert (answer[0], answer[2]) == (200, wanted)
    assert answer[3] == (["closed"] if path == "with_closing" else [])
    assert directly == []


async def test_a_dependency_that_a_test_replaces_is_replaced(directly):
    app = app_of(router(Direct))
    app.dependency_overrides[second] = lambda: "a stand-in"
    answer = await asked(app, "/accept/ada", json=GOOD)
    assert answer[2] == b"ada 7 x nobody a stand-in"
    assert directly == []


async def test_a_client_that_hangs_up_while_it_sends_reaches_no_endpoint():
    for route_class in (Direct, Direct.__base__):
        DIARY.clear()
        sent: list[Any] = []
        messages = iter(
            [
                {"type": "http.request", "body": b'{"amount": 7', "more_body": True},
                {"type": "http.disconnect"},
            ]
        )

        async def receive() -> Any:
            return next(messages)  # noqa: B023

        async def send(message: Any) -> None:
            sent.append(message)  # noqa: B023

        scope = {
            "type": "http", "method": "POST", "path": "/accept/ada", "query_string": b"",
            "headers": [(b"content-type", b"application/json")], "root_path": "",
        }  # fmt: skip
        await app_of(router(route_class))(scope, receive, send)
        assert (sent[0]["status"], DIARY) == (400, [])


def test_the_document_is_the_same():
    assert app_of(router(Direct)).openapi() == app_of(router(Direct.__base__)).openapi()
