"""Every route of every service, asked by who has no business there: nobody, somebody with the token
of another, a key that is none. What is open to all is written down here; all else is closed.
"""

from __future__ import annotations

import importlib
import json
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from shared.runtime.service import Service
from shared.runtime.tokens import PERSONAL, digest_of, mint
from tests.conftest import Database
from tests.edges.test_direct import _GATEWAY, GOOD, WHY
from tests.stage import OPERATOR, SECRET, StillClock

SERVICES = ["registration", "billing", "attendance", "certificates", "notifications", "partners"]
CALLERS: dict[str, dict[str, str]] = {
    "nobody": {},
    "the holder of another's token": {
        "authorization": f"Bearer {mint(SECRET, PERSONAL, 'another', 1)}"
    },
    "a key that is none": {"authorization": "Bearer hf_live_" + "nobody-s-key"},
    "a token that was written by hand": {
        "authorization": "Bearer 1.uAAAA.AAAAAAAAAAAAAAAAAAAAAAAA"
    },
}
EVERYWHERE = {
    "GET /{service}/health/live",
    "GET /{service}/health/answers",
    "GET /{service}/health/ready",
    "GET /{service}/health/quiet",
    "GET /{service}/metrics",
    "GET /{service}/openapi.json",
    "GET /{service}/asyncapi.json",
}
# A code, a token or an id in the address is itself what opens: who has none finds nothing.
OPEN: dict[str, set[str]] = {
    "registration": {
        "GET /registration/v1/courses",
        "GET /registration/v1/courses/{course_id}",
        "POST /registration/v1/courses/{course_id}/registrations",
        "POST /registration/v1/links",
    },
    "billing": {
        "GET /billing/v1/credits/{code}",
        "POST /billing/v1/credits/{code}/transfer",
        "POST /billing/v1/quotes",
        "POST /billing/v1/webhooks/{gateway}",
    },
    "attendance": {
        "GET /attendance/join/{token}",
        "POST /attendance/v1/webhooks/zoom",
    },
    "certificates": {
        "GET /.well-known/did.json",
        "GET /.well-known/jwks.json",
        "GET /certificates/.well-known/did.json",
        "GET /certificates/.well-known/jwks.json",
        "GET /certificates/issuers",
        "GET /certificates/issuers/{issuer}/did.json",
        "GET /certificates/issuers/{issuer}/jwks.json",
        "GET /certificates/issuers/{issuer}/status/{name}",
        "GET /certificates/status/{name}",
        "GET /certificates/verify/{code}",
        "POST /certificates/verify",
    },
    "notifications": {
        "GET /notifications/v1/unsubscribe/{token}",
        "POST /notifications/v1/unsubscribe/{token}",
        "POST /notifications/v1/unsubscribe/{token}/undo",
    },
    "partners": set(),
}
# Of an id that there is not, the holder of some token hears 404; nobody else hears anything.
UNKNOWN_TO_HOLDERS = "/certificates/v1/certificates/{certificate_id}"
BODIES = {
    "/declines": {"board": "NBCC", "declined": True},
    "/post-test": {"version": 1, "answers": {"q1": 0}},
    "/credits/{code}/transfer": {"to": "ada@learners.example"},
}


def service_on(name: str, url: str) -> Service:
    settings = importlib.import_module(f"services.{name}.settings").Settings(
        database_url=url,
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        role="api",
        **_GATEWAY if name == "billing" else {},
    )
    app = importlib.import_module(f"services.{name}.app")
    service: Service = app.build(settings, clock=StillClock("2020-09-01T13:00:00Z"))
    return service


def routes_of(service: Service) -> list[tuple[str, str]]:
    return sorted(
        (method, context.path_format)
        for context in iter_route_contexts(service.app.routes)
        for method in (context.methods or ()) - {"HEAD", "OPTIONS"}
    )


def body_of(path: str) -> bytes:
    good = {end: bodies[0] for end, bodies in GOOD.items()} | BODIES
    ends = [end for end in good if path.endswith(end)]
    return json.dumps(good[max(ends, key=len)] if ends else WHY).encode()


@pytest.mark.parametrize("name", SERVICES)
async def test_what_is_not_open_to_all_is_closed(database: Database, name: str) -> None:
    service = service_on(name, database(name))
    everywhere = {one.replace("{service}", name) for one in EVERYWHERE}
    came_in: dict[str, set[Any]] = {}
    async with (
        service.app.router.lifespan_context(service.app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(service.app, raise_app_exceptions=False),
            base_url=f"http://{name}.test",
        ) as client,
    ):
        routes = routes_of(service)
        assert len(routes) > 12
        for method, path in routes:
            for who, headers in CALLERS.items():
                at = path.replace("{", "").replace("}", "")
                at += "?course_id=another&price=0" if path.endswith("/transfer-quote") else ""
                more = {"content-type": "application/json", "idempotency-key": f"{who} {path}"}
                sent = body_of(path) if method in {"POST", "PUT"} else b""
                for _ in range(5):  # a busy machine says 503, which is no answer
                    answer = await client.request(method, at, content=sent, headers=more | headers)
                    if answer.status_code != 503 or path.endswith("/webhooks/zoom"):
                        break
                unknown = path.startswith(UNKNOWN_TO_HOLDERS) and "holder" in who
                closed = {401, 403, 404} if unknown else {401, 403}
                if answer.status_code not in closed:
                    came_in.setdefault(f"{method} {path}", set()).add((who, answer.status_code))
    assert everywhere <= set(came_in), "health and documents are for everybody"
    found = set(came_in) - everywhere
    assert found == OPEN[name], {one: came_in.get(one) for one in found ^ OPEN[name]}
