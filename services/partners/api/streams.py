"""A partner's own Kafka topic: operators start and stop it, the partner sees how it stands.

Topic, user and rights are made by `bin/holdfast partners stream`, which may do so in Kafka.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from services.partners.api.endpoints import OwnDep
from services.partners.commands import streams as commands
from services.partners.commands.reading import head_of
from services.partners.domain.streams import (
    LONGEST_DAYS,
    StreamUnknown,
    TopicMissing,
)
from services.partners.models import Partner, Stream
from services.partners.topics import Topics
from shared.contracts.topics import partner_topic
from shared.dates import rfc3339
from shared.errors import NotFound
from shared.runtime.asking import PathId
from shared.runtime.auth import needs_scope
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(prefix="/partners/v1/partners/{partner_id}/stream", route_class=Direct)


class StreamBody(BaseModel):
    """How many days its topic keeps what is in it, and from where in the log it is written:
    `beginning` or `now`. Left out, both stay as they are, or are 7 and `beginning`."""

    retention_days: int | None = Field(None, ge=1, le=LONGEST_DAYS)
    begin: commands.Begin | None = None


async def topics_of(request: Request) -> Topics:
    """FastAPI dependency."""
    topics: Topics = request.app.state.topics
    return topics


TopicsDep = Annotated[Topics, Depends(topics_of)]


@router.put(
    "",
    dependencies=[Depends(needs_scope("operator"))],
    responses=problems(401, 403, 404, 409),
)
async def start(
    partner_id: PathId,
    body: StreamBody,
    reader: ReaderDep,
    edge: EdgeDep,
    once: OptionalOnce,
    topics: TopicsDep,
) -> Response:
    """What the partner may see is written to `partner.<id>.events`, which has to be there."""
    if await reader.get(Partner, partner_id) is None:
        raise NotFound("partner-unknown", "There is no partner with this id.")
    if not await topics.has(partner_topic(partner_id)):
        raise TopicMissing(
            f"Kafka has no topic {partner_topic(partner_id)} that partners may see. It is made by: "
            f"bin/holdfast partners stream {partner_id}"
        )
    command = commands.Start(partner_id, body.retention_days, body.begin)
    return await edge.run(
        commands.start_stream, command, once=once, answer=lambda row: (200, _shown(row))
    )


@router.get("", responses=problems(401, 403, 404))
async def show(partner_id: PathId, _caller: OwnDep, reader: ReaderDep) -> dict[str, Any]:
    """How it stands; `through_the_log` where all that is in the log has been looked at."""
    row = await reader.get(Stream, partner_id)
    if row is None:
        raise StreamUnknown("This partner has no topic.")
    head = await head_of(reader.fetch)
    return _shown(row) | {"through_the_log": row.position >= head.position}


@router.delete(
    "",
    dependencies=[Depends(needs_scope("operator"))],
    responses=problems(401, 403, 404, 409),
)
async def stop(partner_id: PathId, edge: EdgeDep) -> Response:
    """Nothing is written there any more."""
    command = commands.Stop(partner_id)
    return await edge.run(commands.stop_stream, command, answer=lambda row: (200, _shown(row)))


def _shown(row: Stream) -> dict[str, Any]:
    return {
        "partner_id": row.partner_id,
        "topic": partner_topic(row.partner_id),
        "state": row.state,
        "retention_days": row.retention_days,
        "written_at": rfc3339(row.written_at) if row.written_at else None,
        "version": row.version,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }
