"""Routes that are reached directly: what FastAPI works out anew at every request, worked out once.

Two thirds of what an accepted request costs before its command is planned is FastAPI asking each
dependency what kind of thing it is. Here a route's dependencies are listed once, in the order in
which FastAPI calls them. Only a good request goes this way: one whose path or body does not fit
takes FastAPI's own from its start, before any dependency was called, so that every refusal is
FastAPI's. A route that is anything but a coroutine with coroutines as its dependencies, a path and
at most a body of JSON that answers a Response is left as it is.

    router = APIRouter(route_class=Direct)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, get_type_hints

from fastapi import Request, Response, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, _effective_route_context_var
from pydantic_core import from_json

Handler = Callable[[Request], Awaitable[Response]]
Fit = Callable[..., tuple[Any, Any]]
JSON = frozenset({"application/json", "application/json; charset=utf-8"})


@dataclass(frozen=True)
class _Step:
    """One dependency: what it is called with."""

    call: Callable[..., Awaitable[Any]]
    request: str | None  # the name by which it takes the request
    takes: Sequence[tuple[str, int]]  # names of its arguments, and the step that gives each


@dataclass(frozen=True)
class _Body:
    name: str
    fit: Fit
    required: bool  # else None where there is none


@dataclass(frozen=True)
class Way:
    """All that a good request of a route goes through."""

    endpoint: Callable[..., Awaitable[Response]]
    request: str | None
    path: Sequence[tuple[str, str, Fit]]  # argument, parameter of the path, how it is read
    body: _Body | None
    steps: Sequence[_Step]
    gives: Sequence[tuple[str, int]]  # arguments of the endpoint, and the step that gives each


class Direct(APIRoute):
    """A route whose good requests reach its endpoint without FastAPI's detour."""

    def get_route_handler(self) -> Any:
        """FastAPI's handler, with the direct way before it where the route has one."""
        usual: Handler = super().get_route_handler()
        included = _effective_route_context_var.get()  # the routers around it may ask for more
        here = included if included is not None and included.original_route is self else self
        way = way_of(here)
        return usual if way is None else _handler(way, usual)


def _handler(way: Way, usual: Handler) -> Handler:
    async def handle(request: Request) -> Response:
        answer = await answered(way, request)
        return await usual(request) if answer is None else answer

    return handle


async def answered(way: Way, request: Request) -> Response | None:
    """What comes of a good request; None, and nothing was called, where it is FastAPI's. Raises
    what dependencies and the endpoint raise."""
    if request.app.dependency_overrides:
        return None
    values = await _read(way, request)
    if values is None:
        return None
    answers: list[Any] = []
    for step in way.steps:
        given = {name: answers[place] for name, place in step.takes}
        if step.request is not None:
            given[step.request] = request
        answers.append(await step.call(**given))
    for name, place in way.gives:
        values[name] = answers[place]
    return await way.endpoint(**values)


async def _read(way: Way, request: Request) -> dict[str, Any] | None:
    """The arguments that are in the path and the body; None where FastAPI has something to say."""
    values: dict[str, Any] = {}
    if way.body is not None:
        try:
            told = await _told(request, way.body.required)
        except Exception:  # hung up, not JSON, too deep: FastAPI reads it once more, and refuses it
            return None
        values[way.body.name], errors = way.body.fit(told) if told is not _NONE else (None, ())
        if errors:
            return None
    for name, parameter, fit in way.path:
        values[name], errors = fit(request.path_params[parameter])
        if errors:
            return None
    if way.request is not None:
        values[way.request] = request
    return values


_NONE: Any = object()  # no body, which is not a body of `null`


async def _told(request: Request, required: bool) -> Any:
    if not required and not await request.body():
        return _NONE
    if request.headers.get("content-type") not in JSON:
        raise ValueError("perhaps JSON by another name")
    return from_json(await request.body())  # as `json`, or not at all


def way_of(route: Any) -> Way | None:
    """What a request of this route goes through; None where that is more than is known here."""
    whole: Dependant = route.dependant
    steps: list[_Step] = []
    gives = _gather(whole, steps)
    if gives is None or _asks_more(whole) or not _answers_response(route):
        return None
    path = [(field.name, field.alias, field.validate) for field in whole.path_params]
    if any(parameter not in route.param_convertors for _, parameter, _ in path):
        return None
    body = None
    if whole.body_params:
        [field, *others] = whole.body_params
        known = type(field.field_info) is params.Body and not route._embed_body_fields
        if others or not known or not (field.field_info.is_required() or field.default is None):
            return None
        body = _Body(field.name, field.validate, field.field_info.is_required())
    return Way(route.endpoint, whole.request_param_name, path, body, steps, gives)


def _answers_response(route: Any) -> bool:
    """What it gives is the answer as it stands: nothing to put into a form."""
    given = get_type_hints(route.endpoint).get("return")
    return (
        iscoroutinefunction(route.endpoint)
        and isinstance(given, type)
        and issubclass(given, Response)
    )


def _asks_more(of: Dependant) -> bool:
    """Whether it takes anything but other dependencies, the request, its path and its body."""
    return bool(
        of.query_params
        or of.header_params
        or of.cookie_params
        or of.response_param_name
        or of.background_tasks_param_name
        or of.http_connection_param_name
        or of.security_scopes_param_name
        or of.own_oauth_scopes
        or of.concurrency
    )


def _gather(of: Dependant, steps: list[_Step]) -> list[tuple[str, int]] | None:
    """Steps for all that `of` depends on, each once; None where one is not a plain coroutine."""
    gives = []
    for one in of.dependencies:
        takes = _gather(one, steps)
        more = _asks_more(one) or one.path_params or one.body_params or not one.use_cache
        if takes is None or more or one.call is None or not iscoroutinefunction(one.call):
            return None
        step = _Step(one.call, one.request_param_name, tuple(takes))
        if step not in steps:
            steps.append(step)
        if one.name is not None:
            gives.append((one.name, steps.index(step)))
    return gives
