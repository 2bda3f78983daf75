"""Every service answers byte for byte the same, whether its routes are reached directly or not.

The real apps, asked everything that a route reads: what its command is given is the answer here.
"""

import functools
import importlib
import json
import re
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from shared.runtime import direct
from shared.runtime.direct import way_of
from shared.runtime.idempotency import once_required
from shared.runtime.openapi import _calls
from shared.runtime.service import Service
from shared.runtime.shortcut import doors_of
from shared.runtime.tokens import PERSONAL, digest_of, mint
from tests.rules.partners.test_mapping import DOCUMENT as MAPPING
from tests.rules.registration.course import course
from tests.stage import OPERATOR, SECRET, StillClock

SERVICES = ["registration", "billing", "attendance", "certificates", "notifications", "partners"]
WHO = {"name": "Ada Lovelace", "email": "ada@learners.example"}
WHY = {"reason": "it was so"}
# Bodies that fit, by the end of the path. A route that is not named here is sent a reason; whether
# a good request went directly is asked where one of them was taken.
GOOD: dict[str, list[Any]] = {
    "/courses/{course_id}": [course(), {}],
    "/courses/{course_id}/check": [course(), {}],
    "/sessions/{session_id}": [{"date": "2020-10-02", "from": "10:00", "to": "11:00"}],
    "/sessions/{session_id}/preview": [{"date": "2020-10-02", "from": "10:00", "to": "11:00"}],
    "/{course_id}/registrations": [
        {"attendee": WHO},
        {"attendee": WHO | {"licenses": [{"state": "NY"}]}, "price": {"id": "member"}},
        {"known_by": "a.b.c", "payment": {"method": "invoice", "credit_codes": ["x"]}},
    ],
    "/accept-offer": [{"disclosure_version": "1", "price": {"code": "EARLY"}}],
    "/substitute": [{"attendee": WHO, "prerequisites": ["HF-1"]}],
    "/transfer": [{"course_id": "another"}],
    "/prefer": [{"outcome": "refund"}],
    "/attendee": [{"zone": "Europe/Paris"}],
    "/disclosure": [{"disclosure_version": "2"}],
    "/accommodation": [{"request": "captions"}],
    "/complaints": [{"complaint": "the second session was cut off"}],
    "/accommodation/answer": [{"answer": "there are"}],
    "/complaints/answer": [{"answer": "it is taught again"}],
    "/merge": [{"into": "another"} | WHY],
    "/cancel/preview": [WHY],
    "/attendee/preview": [{"zone": "Europe/Paris"} | WHY],
    "/substitute/preview": [{"attendee": WHO} | WHY],
    "/transfer/preview": [{"course_id": "another"} | WHY],
    "/merge/preview": [{"into": "another"} | WHY],
    "/erase": [{"reason": "asked-by-mail"}],
    "/links": [{"email": "ada@learners.example"}],
    "/observations": [{"source": "zoom", "observations": [{}]}],
    "/report": [{"intervals": [{}]}],
    "/complete": [{"instruction_minutes": 90}],
    "/meeting": [{"meeting_id": "42", "url": "https://meet.example/42"}],
    "/match": [{"registration_id": "r"} | WHY],
    "/evaluation": [{"answers": {"q1": 5, "q2": "good", "q3": None}}],
    "/claims": [{"board": "APA", "credits": "1.5"}, {"board": "APA", "credits": 2}],
    "/inbound": [{"items": [{}], "partner_id": "a-university"}],
    "/inbound/mapping": [{"mapping": MAPPING}],
    "/mapping/try": [{"items": [{}]}, {"items": [{}], "mapping": MAPPING}],
    "/keys": [{"scopes": ["operator"], "label": "x"}],
    "/partners/{partner_id}": [{"name": "A university"}],
    "/stream": [{"retention_days": 3, "begin": "now"}],
    "/endpoints": [{"url": "https://8.8.8.8/hooks", "types": ["person.recorded"]}],
    "/deliveries:replay": [
        {"endpoint_id": "e", "partner_id": "p", "status": "parked"},
        {"endpoint_id": "e", "partner_id": "p", "from": "2020-09-01T13:00:00Z"},
    ],
    "/refunds": [{"amount": {"amount": 100, "currency": "USD"}} | WHY],
    "/refunds/preview": [{"amount": {"amount": 100, "currency": "USD"}} | WHY],
}
RAW = [
    b"", b" ", b"null", b"[]", b'"x"', b"7", b"NaN", b"-Infinity", b"{", b'{"a": 1}}', b"nonsense",
    b"\xff\xfe", b'\xef\xbb\xbf{"a": 1}', '{"a": 1}'.encode("utf-16"), b"[" * 100_000,
    b'{"reason": "\\ud800"}', b'{"email": NaN, "reason": NaN, "course_id": NaN}',
]  # fmt: skip
ODD = [None, 7, 1.5, True, "", "x", [], [None], {}, {"x": []}, float("nan"), "x" * 10_000]
KINDS = [
    "application/json; charset=utf-8", "application/json;charset=latin-1", "APPLICATION/JSON",
    "application/problem+json", "application/jsonx", "text/plain", "text/csv", "json", "",
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None,
]  # fmt: skip
TRACE = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"
USUAL = {
    "authorization": f"Bearer {OPERATOR}",
    "idempotency-key": "k",
    "content-type": "application/json",
    "traceparent": TRACE,
}
CALLERS = [
    {},
    {"authorization": "Basic eDp5"},
    {"authorization": "Bearer junk"},
    {"authorization": "Bearer hf_live_unknown"},
    {"authorization": f"bearer {mint(SECRET, PERSONAL, 'id-1', 1)}"},
    {"authorization": f"Bearer {mint(SECRET, PERSONAL, 'another', 1)}"},
]
KEYS: list[dict[str, str]] = [{}, {"idempotency-key": " "}, {"idempotency-key": "k" * 256}]


class Nothing:
    """A database in which nothing is."""

    async def get(self, *_: Any) -> None:
        return None

    async def find(self, *_: Any) -> list[Any]:
        return []

    async def fetch(self, *_: Any) -> list[Any]:
        return []


class Echo:
    """An edge that answers what it was asked."""

    def __init__(self, clock: Any) -> None:
        self.now = clock.now

    async def run(self, command: Any, argument: Any, *, answer: Any, once: Any = None) -> Any:
        assert callable(answer)
        return direct.Response(f"{command.__name__} {_text(argument)} {once}", 202)


def _text(value: Any) -> str:
    """As `repr`, with what functions are called instead of where they lie in memory."""
    if isinstance(value, FunctionType | functools.partial) or hasattr(value, "__self__"):
        return getattr(value, "__qualname__", "partial")
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is None:
        return repr(value)
    return f"{type(value).__name__}({', '.join(_text(getattr(value, name)) for name in fields)})"


def service_of(name: str) -> Service:
    settings = importlib.import_module(f"services.{name}.settings").Settings(
        database_url="postgresql://nobody@127.0.0.1:1/nothing",
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        role="api",
        **_GATEWAY if name == "billing" else {},
    )
    clock = StillClock("2020-09-01T13:00:00Z")
    service: Service = importlib.import_module(f"services.{name}.app").build(settings, clock=clock)
    state = service.app.state
    state.edge, state.reader, state.doorkeeper._reader = Echo(clock), Nothing(), Nothing()
    return service


_GATEWAY = {"gateway_url": "http://127.0.0.1:1", "gateway_api_key": "k", "webhook_secret": "s"}


def routes_of(service: Service) -> list[tuple[str, str, Any]]:
    """Method, path and context of all that changes something."""
    return [
        (method, context.path_format, context)
        for context in iter_route_contexts(service.app.routes)
        if getattr(context, "dependant", None) is not None
        for method in sorted(context.methods or ())
        if method in ("POST", "PUT")
    ]


def bodies_of(path: str) -> tuple[list[bytes], list[bytes]]:
    """Those that fit; and those with one thing odd each."""
    ends = [end for end in GOOD if path.endswith(end)]
    good = GOOD[max(ends, key=len)] if ends else [WHY]
    odd = [*RAW]
    for body in good:
        for name in body:
            odd += [json.dumps({**body, name: value}).encode() for value in ODD]
            odd.append(json.dumps({k: v for k, v in body.items() if k != name}).encode())
        odd.append(json.dumps(body | {"unknown": 1}).encode())
    return [json.dumps(body).encode() for body in good], odd


def requests_of(path: str) -> Iterator[tuple[str, dict[str, str], bytes]]:
    """Path, headers and body of everything that is asked of a route."""
    good, odd = bodies_of(path)
    plain = _filled(path, "id-1")
    for body in good + odd:
        yield plain, USUAL, body
    for each in KINDS:
        kind = {} if each is None else {"content-type": each}
        for body in (good[0], b"", b"x"):
            yield plain, _without("content-type") | kind, body
    for who in CALLERS:
        for body in (good[0], b"{", b"[]"):
            yield plain, _without("authorization") | who, body
    token = mint(SECRET, PERSONAL, "id-1", 1)
    yield f"{plain}?t={token}", _without("authorization"), good[0]
    for key in KEYS:
        for body in (good[0], b"[]"):
            yield plain, _without("idempotency-key") | key, body
    for value in ("x" * 201, "%20", "%F0%9F%8C%8D", "a%2Fb", "%00"):
        for body in (good[0], b"[]"):
            yield _filled(path, value), USUAL, body
    yield f"{plain}/more", USUAL, good[0]


def _filled(path: str, value: str) -> str:
    """A path with its parameters, in braces, filled."""
    return "".join(
        value + rest if place else rest
        for place, part in enumerate(path.split("{"))
        for rest in [part.rpartition("}")[2]]
    )


def _without(header: str) -> dict[str, str]:
    return {name: value for name, value in USUAL.items() if name != header}


async def answered(service: Service, method: str, asked: Any) -> Any:
    path, headers, body = asked
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        answer = await client.request(method, path, headers=headers, content=body)
    return answer.status_code, answer.headers.raw, answer.content


@pytest.mark.parametrize("name", SERVICES)
async def test_answers_and_refusals_are_the_same_to_the_byte(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(direct, "way_of", lambda _: None)
        usually = service_of(name)
    directly = service_of(name)
    seen: list[str] = []
    read = direct._read

    async def reading(way: Any, request: Any) -> Any:
        values = await read(way, request)
        if values is not None:
            seen.append(request.url.path)
        return values

    monkeypatch.setattr(direct, "_read", reading)
    statuses: set[int] = set()
    for method, path, context in routes_of(directly):
        good = False
        for asked in requests_of(path):
            before = await answered(usually, method, asked)
            assert await answered(directly, method, asked) == before, (method, *asked)
            statuses.add(before[0])
            good = good or before[0] < 300
        takes_it = context.original_route.__class__ is direct.Direct and way_of(context)
        if not takes_it or good:
            assert (_filled(path, "id-1") in seen) is bool(takes_it), path
    assert seen
    assert statuses >= {400, 401, 403, 404, 422}
    assert directly.app.openapi() == usually.app.openapi()


@pytest.mark.parametrize("name", SERVICES)
def test_what_moves_a_seat_or_money_is_reached_directly(name: str) -> None:
    """One route is not: a sheet of a group is JSON or CSV, and reads its own query."""
    left = {
        path
        for _, path, context in routes_of(service_of(name))
        if once_required in set(_calls(context.dependant))
        and not (isinstance(context.original_route, direct.Direct) and way_of(context))
    }
    groups = "/registration/v1/courses/{course_id}/registrations:batch"
    assert left == ({groups} if name == "registration" else set())


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_reached_directly_is_found_without_fastapis_routers(name: str) -> None:
    """But for files, whose paths end in a parameter and more."""
    service = service_of(name)
    found = {
        (method, door.route.path_format)
        for (method, _), doors in doors_of(service.app.routes).items()
        for door in doors
    }
    wanted = {
        (method, context.path_format)
        for context in iter_route_contexts(service.app.routes)
        if isinstance(context.original_route, direct.Direct) and way_of(context)
        for method in context.methods or ()
    }
    assert found == {(m, path) for m, path in wanted if not re.search(r"}\.[a-z.]+$", path)}
    assert found
