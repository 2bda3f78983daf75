"""The OpenAPI document, with what dependencies read from the request themselves.

Who calls and the Idempotency-Key are read from the bare request: a header that is missing is then
refused by the problem of its own slug, and not as a fault of form. FastAPI cannot see that; so it
is said here, from the dependencies that each route has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from shared.runtime.auth import caller_of, scope_asked
from shared.runtime.idempotency import LONGEST, once_optional, once_required
from shared.runtime.problems import problem_schemas, problems

SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "`Authorization: Bearer <key or token>`: an API key (`hf_…`), or a "
        "personal token, which is good for what it was made for and nothing else.",
    },
    "token": {
        "type": "apiKey",
        "in": "query",
        "name": "t",
        "description": "A personal token in the address: `?t=<token>`.",
    },
}
_ANYONE: list[dict[str, list[str]]] = [{}]
_WHOSE: list[dict[str, list[str]]] = [{"bearer": []}, {"token": []}]


class Api(FastAPI):
    """An app whose document is whole."""

    def openapi(self) -> dict[str, Any]:
        """The document, made when it is first asked for."""
        known = self.openapi_schema
        document = super().openapi()
        if document is not known:
            self._complete(document)
        return document

    def _complete(self, document: dict[str, Any]) -> None:
        components = document.setdefault("components", {})
        components["securitySchemes"] = SCHEMES
        components["schemas"] = components.get("schemas", {}) | problem_schemas()
        for route in iter_route_contexts(self.routes):
            operations = document["paths"].get(route.path_format, {})
            for method in route.methods or ():
                if method.lower() in operations:
                    _say(operations[method.lower()], set(_calls(route.dependant)))


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for each in dependant.dependencies:
        if each.call is not None:
            yield each.call
        yield from _calls(each)


def _say(operation: dict[str, Any], calls: set[Callable[..., Any]]) -> None:
    if once_required in calls or once_optional in calls:
        operation.setdefault("parameters", []).append(_key(once_required in calls))
        operation["responses"].setdefault("409", problems(409)[409])  # the first one still runs
    for response in operation["responses"].values():
        for said in response.get("content", {}).values():
            _named(said.get("schema", {}))
    if caller_of in calls:
        operation.setdefault("security", _security(operation, calls))


def _named(schema: dict[str, Any]) -> None:
    """A model that a route declares, without what its signature says of the same answer.

    So a route can answer a plain dictionary, unvalidated, and its document still says what is in.
    """
    if "$ref" in schema:
        for other in set(schema) - {"$ref"}:
            del schema[other]


def _security(
    operation: dict[str, Any], calls: set[Callable[..., Any]]
) -> list[dict[str, list[str]]]:
    """A scope is a key's; who may be told 403 must say who it is; all others may. A route whose
    403 is about a part of the body says so itself (`openapi_extra`)."""
    scopes = [scope for scope in map(scope_asked, calls) if scope]
    if scopes:
        return [{"bearer": sorted(scopes)}]
    return _WHOSE if "403" in operation["responses"] else _ANYONE + _WHOSE


def _key(required: bool) -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": required,
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
        "description": "Any text that is new for a new request, and the same when you repeat one: "
        "the repetition gets the first answer again.",
    }
