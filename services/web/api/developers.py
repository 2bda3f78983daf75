"""What integrators build on, to be read: events, and every call of every service.

Events are those of the code that runs here. A service's calls are asked of itself when its page is
asked for, so that what is shown is what answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import OwnersDep, PagesDep
from services.web.api.missing import missing
from services.web.domain import shown_api, shown_schema
from services.web.owners import ACTING, Owners, or_none
from services.web.render import HEADERS
from shared.contracts.event import Event
from shared.contracts.hears import hearers_of
from shared.contracts.published import address_of, meaning_of, published, summary_of
from shared.contracts.services import SERVICES
from shared.contracts.to_partners import ALL, TO_PARTNERS
from shared.contracts.topics import BY_NAME
from shared.errors import NotFound

router = APIRouter(include_in_schema=False)
_OWN = "web"
_READ_BY_PROGRAMS = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
_VISIBLE = {"state", "facts"}  # kinds of topics of which a partner may see something; never keys
_ORDER = {name: place for place, name in enumerate(BY_NAME)}
_ABOUT = {
    "registration": "Courses, seats, registrations, people.",
    "billing": "Invoices, payments, refunds, credits.",
    "attendance": "Sessions, evidence, who was there for how long.",
    "certificates": "Evaluations, awards, certificates, verification.",
    "notifications": "Messages, templates, addresses that refuse.",
    "partners": "Keys, partners, what they send in and what they see.",
    "web": "The pages, and ways into the console.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """An event in a list; `visible` where a partner may see it."""

    kind: str
    summary: str
    visible: bool


@router.get("/developers")
async def developers(request: Request, pages: PagesDep) -> Response:
    """Ways in, all events by topic, all services."""
    topics: dict[str, list[Told]] = {}
    for event in sorted(ALL.values(), key=_place):
        topics.setdefault(event.topic, []).append(
            Told(event.type, summary_of(event), is_visible(event))
        )
    return pages.page(request, "developers.html", topics=topics, services=_ABOUT)


@router.get("/developers/events/{kind}")
async def event_page(kind: str, request: Request, pages: PagesDep) -> Response:
    """One event: its meaning, when it is said, what it is never, its fields and its example."""
    event = ALL.get(kind)
    if event is None:
        return missing(request, pages)
    schema = published(event, _door(request))
    about_itself = {name: text for name, text in schema.items() if name != "description"}
    return pages.page(
        request,
        "developers_event.html",
        kind=kind,
        meaning=meaning_of(event).split("\n\n"),
        said=event,
        example=json.dumps(event.example, ensure_ascii=False, indent=2),
        key=event.key if isinstance(event.key, str) else "/".join(event.key),
        hearers=hearers_of(kind),
        visible=is_visible(event),
        on_kafka=kind not in TO_PARTNERS,
        shape=shown_schema.shape_of(about_itself),
        parts_said=shown_schema.parts_of([schema], schema.get("$defs", {})),
        schema_address=address_of(kind, ""),
    )


@router.get("/developers/api/{service}")
async def api_page(service: str, request: Request, pages: PagesDep, owners: OwnersDep) -> Response:
    """Every call of a service, as it describes itself just now."""
    if service not in SERVICES:
        return missing(request, pages)
    document = await _document(service, request, owners)
    return pages.page(
        request,
        "developers_api.html",
        200 if document is not None else 503,
        service=service,
        about=_ABOUT[service],
        away=document is None,
        calls=shown_api.calls_of(document or {}),
        shapes=shown_api.shapes_of(document or {}),
        headers=None if document is not None else {"Retry-After": "30"},
    )


@router.get("/schemas/{kind}.json")
async def schema_of(kind: str, request: Request) -> Response:
    """An event's JSON Schema, whose `$id` is this address."""
    event = ALL.get(kind)
    if event is None:
        raise NotFound("schema-unknown", "There is no event of this type.")
    text = json.dumps(published(event, _door(request)), ensure_ascii=False, indent=1)
    return Response(text, media_type="application/schema+json", headers=HEADERS | _READ_BY_PROGRAMS)


def is_visible(event: type[Event]) -> bool:
    """Whether a partner may see it where it is of its courses: neither keys nor what is inside."""
    if event.type in TO_PARTNERS:
        return True
    topic = BY_NAME[event.topics()[0]]
    return topic.kind in _VISIBLE and topic.owner != "partners"


def _place(event: type[Event]) -> int:
    return _ORDER.get(event.topics()[0], len(_ORDER))


def _door(request: Request) -> str:
    door: str = request.app.state.public_url
    return door


async def _document(service: str, request: Request, owners: Owners) -> Mapping[str, Any] | None:
    if service == _OWN:
        return dict(request.app.openapi())
    asked = owners.ask(service, f"/{service}/openapi.json", timeout=ACTING)
    answer = await or_none(asked)
    return answer.body if answer is not None and answer.ok else None
