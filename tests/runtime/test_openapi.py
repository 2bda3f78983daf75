"""What routes read from the bare request is in their OpenAPI document all the same."""

import json
import re
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends

from shared.runtime.auth import CallerDep, needs_scope
from shared.runtime.edge import OptionalOnce, RequiredOnce
from shared.runtime.openapi import Api
from shared.runtime.problems import problems

ANY_KEY = {"bearer": []}
TOKEN = {"token": []}

router = APIRouter(prefix="/toy")


@router.post("/pay", responses=problems(401, 403))
async def pay(caller: CallerDep, once: RequiredOnce) -> None: ...


@router.post("/join", responses=problems(401))
async def join(caller: CallerDep, once: RequiredOnce) -> None: ...


@router.post("/ask")
async def ask(once: OptionalOnce) -> None: ...


@router.post("/ingest", dependencies=[Depends(needs_scope("platform"))], responses=problems(403))
async def ingest(once: OptionalOnce) -> None: ...


@router.get("/board", responses=problems(401, 403))
async def board(caller: Annotated[Any, Depends(needs_scope("operator"))]) -> None: ...


@router.get("/menu")
async def menu() -> None: ...


@pytest.fixture
def document() -> dict[str, Any]:
    app = Api()
    app.include_router(router)
    return app.openapi()


def of(document: dict[str, Any], method: str, path: str) -> Any:
    return document["paths"][path][method]


@pytest.mark.parametrize(("path", "required"), [("pay", True), ("join", True), ("ask", False)])
def test_the_key_of_a_repetition_is_a_header_and_required_where_a_call_is_refused_without(
    document: dict[str, Any], path: str, required: bool
) -> None:
    [header] = of(document, "post", f"/toy/{path}")["parameters"]
    assert (header["name"], header["in"], header["required"]) == (
        "Idempotency-Key",
        "header",
        required,
    )
    assert header["schema"] == {"type": "string", "minLength": 1, "maxLength": 255}


def test_what_takes_no_key_names_none(document: dict[str, Any]) -> None:
    assert "parameters" not in of(document, "get", "/toy/board")
    assert "parameters" not in of(document, "get", "/toy/menu")


@pytest.mark.parametrize("path", ["pay", "join", "ask", "ingest"])
def test_where_a_key_is_taken_its_first_request_may_still_run(
    document: dict[str, Any], path: str
) -> None:
    refused = of(document, "post", f"/toy/{path}")["responses"]["409"]
    assert (refused["description"], list(refused["content"])) == (
        "Conflict",
        ["application/problem+json"],
    )
    assert "409" not in of(document, "get", "/toy/board")["responses"]


@pytest.mark.parametrize(
    ("method", "path", "security"),
    [
        ("post", "pay", [ANY_KEY, TOKEN]),
        ("post", "join", [{}, ANY_KEY, TOKEN]),
        ("post", "ask", [{}, ANY_KEY, TOKEN]),
        ("post", "ingest", [{"bearer": ["platform"]}]),
        ("get", "board", [{"bearer": ["operator"]}]),
        ("get", "menu", None),
    ],
)
def test_how_to_say_who_calls_is_told_where_it_matters(
    document: dict[str, Any], method: str, path: str, security: Any
) -> None:
    assert of(document, method, f"/toy/{path}").get("security") == security


def test_both_ways_to_say_who_calls_are_described(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert (schemes["bearer"]["type"], schemes["bearer"]["scheme"]) == ("http", "bearer")
    token = schemes["token"]
    assert (token["type"], token["in"], token["name"]) == ("apiKey", "query", "t")


def test_asking_twice_says_everything_once() -> None:
    app = Api()
    app.include_router(router)
    app.openapi()
    assert len(of(app.openapi(), "post", "/toy/pay")["parameters"]) == 1


def test_what_a_refusal_carries_is_described_once_and_every_reference_leads_somewhere(
    document: dict[str, Any],
) -> None:
    schemas = document["components"]["schemas"]
    refused = of(document, "post", "/toy/pay")["responses"]["403"]["content"]
    assert refused == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}}
    }
    assert set(schemas["ProblemBody"]["properties"]) == {
        "type", "title", "status", "detail", "errors", "trace_id",
    }  # fmt: skip
    referred = set(re.findall(r'"\$ref": "([^"]*)"', json.dumps(document)))
    assert "#/components/schemas/FaultBody" in referred
    assert referred <= {f"#/components/schemas/{name}" for name in schemas}
