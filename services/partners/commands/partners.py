"""Describe a partner: create it with its first key, or change what it may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.partners.commands.keys import HashOf, Issue, issue_key
from services.partners.commands.pumps import plan_pump, plan_stream
from services.partners.commands.streaming import unwrite
from services.partners.commands.visible import VISIBLE
from services.partners.domain.keys import check_partner_id
from services.partners.domain.visibility import check_lists
from services.partners.models import Endpoint, IssuedKey, Partner, Stream
from shared.runtime.plans import Wanted, alone, needs
from shared.runtime.rows import replace, where
from shared.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Describe:
    partner_id: str
    name: str
    courses: tuple[str, ...]
    types: tuple[str, ...]
    fields: tuple[str, ...]
    hash_of: HashOf


@dataclass(frozen=True, slots=True)
class Described:
    """`key` is the partner's first key, None where the partner was known before."""

    partner: Partner
    key: IssuedKey | None


def _describe_needs(c: Describe) -> Sequence[Wanted]:
    endpoints = where(Endpoint, partner_id=c.partner_id, state="active")
    return [(Partner, c.partner_id), endpoints, (Stream, c.partner_id)]


@alone
@needs(_describe_needs)
async def describe_partner(work: Work, c: Describe) -> Described:
    """As described from now on, for what waits to go to its topic, too; the first time with a key.
    Refused: an id that cannot be, and types and fields that there are not."""
    check_partner_id(c.partner_id)
    check_lists(c.types, c.fields, VISIBLE)
    known = work.get(Partner, c.partner_id)
    asked = {
        "name": c.name,
        "courses": list(c.courses),
        "types": list(c.types),
        "fields": list(c.fields),
    }
    if known is None:
        row = Partner(
            partner_id=c.partner_id,
            version=1,
            created_at=work.now,
            updated_at=work.now,
            **asked,
        )
        work.put(row)
        work.audit("partner.described", f"{c.partner_id} 1")
        key = Issue((f"partner:{c.partner_id}",), c.name, None, c.hash_of)
        return Described(row, await issue_key(work, key))
    row = replace(known, former=_former(known, c.courses), **asked)
    if row != known:
        row = replace(row, version=known.version + 1, updated_at=work.now)
        work.put(row)
        work.audit("partner.described", f"{c.partner_id} {row.version}")
        _tell(work, c.partner_id)
        await _decide_anew(work, known)
    return Described(row, None)


def _former(known: Partner, courses: Sequence[str]) -> list[str]:
    """The courses that it had and has no more, in the order in which it lost them."""
    had = dict.fromkeys([*known.former, *known.courses])
    return [course for course in had if course not in set(courses)]


def _tell(work: Work, partner_id: str) -> None:
    """Its endpoints are looked at, as when they are changed themselves: who adds to the log at this
    moment knows the partner as it was."""
    for endpoint in work.find(where(Endpoint, partner_id=partner_id, state="active")):
        touched = replace(endpoint, version=endpoint.version + 1, updated_at=work.now)
        work.put(touched)
        plan_pump(work, touched, work.now, -touched.version)


async def _decide_anew(work: Work, before: Partner) -> None:
    """The same for its topic; and what waits for Kafka is written by the lists of now."""
    stream = work.get(Stream, before.partner_id)
    if stream is not None and stream.state == "active":
        stream = await unwrite(work, stream, before)
        stream = replace(stream, version=stream.version + 1, updated_at=work.now)
        work.put(stream)
        plan_stream(work, stream, work.now, -stream.version)
