"""An OpenAPI document as its page tells it: each call, who may make it, what goes in and out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.web.domain.shown_schema import Piece, Schema, Shape, holds, notes, parts_of

_METHODS = ("get", "post", "put", "patch", "delete")
_ANYONE = "anyone"
_PROBLEM = "application/problem+json"
_NO_ANCHOR = re.compile(r"[^a-zA-Z0-9_]+")


@dataclass(frozen=True, slots=True)
class Parameter:
    """`where` is path, query or header."""

    name: str
    where: str
    required: bool
    holds: tuple[Piece, ...]
    notes: tuple[str, ...]
    about: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`holds` is empty where it has no JSON of a known form."""

    status: str
    about: str
    holds: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """`anchor` is unique on the page; `body` is empty where nothing is sent. `refusals` are the
    statuses of answers that are problems, which all have one form."""

    anchor: str
    method: str
    path: str
    title: str
    about: str
    who: str
    parameters: tuple[Parameter, ...]
    body: tuple[Piece, ...]
    answers: tuple[Answer, ...]
    refusals: tuple[str, ...]


def calls_of(document: Mapping[str, Any]) -> list[Call]:
    """Every call, by path; those that only ask how a process fares come last."""
    paths = sorted(
        document.get("paths", {}).items(), key=lambda one: ("/health/" in one[0], one[0])
    )
    return [
        _call(path, method, said)
        for path, methods in paths
        for method, said in ((one, methods[one]) for one in _METHODS if one in methods)
    ]


def shapes_of(document: Mapping[str, Any]) -> list[Shape]:
    """What the calls take and answer, each once."""
    known = document.get("components", {}).get("schemas", {})
    return parts_of([document.get("paths", {})], known)


def _call(path: str, method: str, said: Mapping[str, Any]) -> Call:
    answers = sorted(said.get("responses", {}).items())
    refusals = tuple(status for status, answer in answers if _PROBLEM in answer.get("content", ()))
    return Call(
        anchor=_NO_ANCHOR.sub("-", f"{method}{path}").strip("-"),
        method=method.upper(),
        path=path,
        title=str(said.get("summary", "")),
        about=str(said.get("description", "")),
        who=who_of(said.get("security")),
        parameters=tuple(_parameter(one) for one in said.get("parameters", ())),
        body=_content(said.get("requestBody", {})),
        answers=tuple(
            Answer(status, str(answer.get("description", "")), _content(answer))
            for status, answer in answers
            if status not in refusals
        ),
        refusals=refusals,
    )


def who_of(security: Any) -> str:
    """Who may call, in words. `[{"bearer": ["operator"]}]` → a key with the scope operator."""
    if not isinstance(security, list) or not security:
        return _ANYONE
    words = []
    for one in security:
        scopes = one.get("bearer", []) if isinstance(one, Mapping) else []
        if not one:
            words.append(_ANYONE)
        elif scopes:
            words.append(f"a key with the scope {' or '.join(scopes)}")
        elif "bearer" in one:
            words.append("a key or a personal token")
        elif "token" in one:
            words.append("a personal token in the address")
    return ", or ".join(words) or _ANYONE


def _parameter(said: Mapping[str, Any]) -> Parameter:
    schema: Schema = said.get("schema", {})
    about = str(said.get("description") or schema.get("description") or "")
    required = bool(said.get("required"))
    return Parameter(said["name"], said["in"], required, holds(schema), notes(schema), about)


def _content(said: Mapping[str, Any]) -> tuple[Piece, ...]:
    for media in said.get("content", {}).values():
        if media.get("schema"):
            return holds(media["schema"])
    return ()
