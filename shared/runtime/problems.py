"""problem+json (RFC 9457): the one place where a kind of refusal becomes an HTTP status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from shared.errors import Refusal
from shared.runtime.failures import is_infrastructure
from shared.runtime.logs import ABOUT

log = structlog.get_logger(__name__)

STATUS = {
    "malformed": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "gone": 410,
    "too_large": 413,
    "invalid": 422,
    "too_early": 425,
    "too_many": 429,
    "unavailable": 503,
}
SCHEMAS = "#/components/schemas/{model}"
RETRY_AFTER = {425: 2, 429: 5, 503: 2}  # seconds, where the refusal does not say


class FaultBody(BaseModel):
    """One fault: where in the body, and what is wrong there."""

    pointer: str
    detail: str


class ProblemBody(BaseModel):
    """What every error answers."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FaultBody] = []
    trace_id: str


def problem_schemas() -> dict[str, Any]:
    """The shapes that `problems` refers to, once in a document."""
    body = ProblemBody.model_json_schema(ref_template=SCHEMAS)
    return {**body.pop("$defs"), "ProblemBody": body}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for its OpenAPI document."""
    content = {
        "application/problem+json": {"schema": {"$ref": SCHEMAS.format(model="ProblemBody")}}
    }
    return {
        status: {"description": _title(status), "content": content}
        for status in sorted({*statuses, 400, 413, 422, 500, 503})
    }


def problem(
    status: int,
    slug: str,
    detail: str = "",
    *,
    errors: Sequence[Mapping[str, str]] = (),
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document; `facts` become members of it, `retry_after` also the header."""
    sent = dict(headers or {})
    retry = (facts or {}).get("retry_after", RETRY_AFTER.get(status))
    if retry is not None:
        sent["Retry-After"] = str(retry)
    body = {
        **(facts or {}),
        "type": f"/problems/{slug}",
        "title": _titled(slug),
        "status": status,
        "detail": detail or _title(status),
        "errors": [dict(error) for error in errors],
        "trace_id": trace_id(),
    }
    return JSONResponse(body, status, sent, media_type="application/problem+json")


def of_refusal(why: Refusal) -> Response:
    """A refusal as an answer."""
    status = STATUS[why.kind]
    return problem(status, why.slug, why.detail, errors=why.errors, facts=why.facts)


def described(why: Refusal) -> dict[str, Any]:
    """A refusal as a part of an answer: of a line among many, that spoils no other."""
    return {
        **why.facts,
        "type": f"/problems/{why.slug}",
        "title": _titled(why.slug),
        "status": STATUS[why.kind],
        "detail": why.detail,
        "errors": [dict(error) for error in why.errors],
    }


def trace_id() -> str:
    """The trace of this request (`logs.ABOUT`), or a new one."""
    known = ABOUT.get().get("trace_id")
    return str(known) if known else uuid4().hex


def install(app: FastAPI) -> None:
    """Answer every error of an app as a problem."""
    app.add_exception_handler(Refusal, _refusal)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _validation)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _http)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _defect)


async def _refusal(_request: Request, why: Refusal) -> Response:
    return of_refusal(why)


async def _validation(_request: Request, why: RequestValidationError) -> Response:
    """400 where the body cannot be read at all, 422 with pointers where it does not fit."""
    found = why.errors()
    if any(error["type"] == "json_invalid" for error in found):
        return problem(400, "malformed", "The body is not JSON.", errors=faults_of(found))
    return problem(422, "invalid", "The request does not fit.", errors=faults_of(found))


def faults_of(errors: Sequence[Any], under: str = "") -> list[dict[str, str]]:
    """What pydantic found, with JSON pointers; `under` is where the whole of it stands."""
    faults = []
    for error in errors:
        place = [str(part) for part in error["loc"]]
        if place and place[0] == "body":
            place = place[1:]
        pointer = "".join("/" + p.replace("~", "~0").replace("/", "~1") for p in place)
        faults.append({"pointer": under + pointer, "detail": str(error["msg"])})
    return faults


async def _http(_request: Request, why: HTTPException) -> Response:
    slug = _title(why.status_code).lower().replace(" ", "-")
    return problem(why.status_code, slug, str(why.detail or ""), headers=why.headers)


async def _defect(_request: Request, why: Exception) -> Response:
    if is_infrastructure(why):
        log.warning("http.away", error=type(why).__name__)
        return problem(503, "database-away", "Something we need is away; try again soon.")
    log.error("http.failed", error=type(why).__name__, exc_info=why)
    return problem(500, "internal-error", "Something went wrong on our side; it has been noted.")


def _titled(slug: str) -> str:
    return slug.replace("-", " ").capitalize()


def _title(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
