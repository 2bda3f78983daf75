"""The routes that are reached directly (`direct.py`), found without FastAPI's routers.

What stands between a request and its route is the same for all requests and costs as much as all
that the route reads: a stack of middlewares, a router for each module, the paths before its own,
exit stacks for what is opened by nobody. Here a path is taken apart once and looked up. All that is
not a good request of a direct route goes on to FastAPI, as it came: unknown paths, other methods,
what does not fit. A refusal of a good one is answered as FastAPI answers it (`problems.py`).

FastAPI takes the first route that fits: one whose path an earlier one could fit, too, has no door.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.routing import iter_route_contexts
from starlette.convertors import StringConvertor
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import Refusal
from shared.runtime import direct
from shared.runtime.problems import of_refusal


@dataclass(frozen=True)
class Door:
    """A route and its path: the parts that are fixed, and those that have a name."""

    route: Any
    way: direct.Way
    fixed: Sequence[tuple[int, str]]
    named: Sequence[tuple[int, str]]

    def opens(self, parts: Sequence[str]) -> dict[str, str] | None:
        """The parameters in a path of so many parts; None where it is another's."""
        for place, text in self.fixed:
            if parts[place] != text:
                return None
        given = {name: parts[place] for place, name in self.named}
        return given if all(given.values()) else None


Doors = Mapping[tuple[str, int], Sequence[Door]]  # by method, and how many parts a path has


def doors_of(routes: Sequence[Any]) -> Doors:
    """The doors of an application's routes, routers included."""
    doors: dict[tuple[str, int], list[Door]] = defaultdict(list)
    before: list[Any] = []
    context: Any
    for context in iter_route_contexts(routes):
        route = context.original_route
        way = direct.way_of(context) if isinstance(route, direct.Direct) else None
        if way is not None and _is_plain(context) and not any(_meet(context, b) for b in before):
            parts = list(enumerate(context.path_format.split("/")))
            fixed = [(place, part) for place, part in parts if part[:1] != "{"]
            named = [(place, part[1:-1]) for place, part in parts if part[:1] == "{"]
            for method in context.methods or ():
                doors[method, len(parts)].append(Door(route, way, fixed, named))
        before.append(context)
    return dict(doors)


def _is_plain(context: Any) -> bool:
    """Each part of its path is fixed, or is all of a parameter that takes any text."""
    kinds = getattr(context, "param_convertors", None)
    return (
        kinds is not None
        and all(type(kind) is StringConvertor for kind in kinds.values())
        and all("{" not in part.strip("{}") for part in context.path_format.split("/"))
        and all((part[:1] == "{") is (part[-1:] == "}") for part in context.path_format.split("/"))
    )


def _meet(one: Any, other: Any) -> bool:
    """Whether a request may fit both."""
    methods = getattr(other, "methods", None)
    if methods and not set(methods) & set(one.methods or ()):
        return False
    path = str(getattr(other, "path_format", None) or getattr(other, "path", "") or "")
    if not _is_plain(other) or not path:  # a mount, a path within a path
        begins, mine = path.partition("{")[0], one.path_format.partition("{")[0]
        return mine.startswith(begins) or bool(begins.startswith(mine))
    ours, theirs = one.path_format.split("/"), path.split("/")
    return len(ours) == len(theirs) and all(
        a == b or a[:1] == "{" or b[:1] == "{" for a, b in zip(ours, theirs, strict=True)
    )


class Shortcut:
    """ASGI middleware, the innermost one."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self._app = app
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        door = self._door(scope) if scope["type"] == "http" else None
        if door is None:
            await self._app(scope, receive, send)
            return
        request = _Request(scope, receive, send)
        try:
            answer = await direct.answered(door.way, request)
        except Refusal as why:
            answer = of_refusal(why)
        if answer is None:
            await self._app(scope, request.again(), send)
            return
        await answer(scope, receive, send)

    def _door(self, scope: Scope) -> Door | None:
        parts = scope["path"].split("/")
        for door in self._doors.get((scope["method"], len(parts)), ()):
            given = door.opens(parts)
            if given is not None and not scope.get("root_path"):
                scope["path_params"], scope["route"] = given, door.route
                scope["endpoint"] = door.way.endpoint
                return door
        return None


class _Request(Request):
    """One whose body can be read once more by somebody else."""

    async def body(self) -> bytes:
        """All of it; raises ClientDisconnect where the client hangs up first."""
        if not hasattr(self, "_body"):
            parts: list[bytes] = []
            more = True
            while more:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                parts.append(message.get("body", b""))
                more = message.get("more_body", False)
            self._body = b"".join(parts)
        return self._body

    def again(self) -> Receive:
        """What to receive from: the body, if it was read, and what comes behind it."""
        if not hasattr(self, "_body"):
            return self._receive
        told = False

        async def receive() -> Message:
            nonlocal told
            if told:
                return await self._receive()
            told = True
            return {"type": "http.request", "body": self._body, "more_body": False}

        return receive
