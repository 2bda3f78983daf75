"""A partner gets a topic of its own, or gets nothing there any more (decision 108)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.partners.commands.pumps import drop_stream, plan_stream
from services.partners.commands.reading import head_of
from services.partners.commands.streaming import unwrite
from services.partners.domain.streams import KEPT_DAYS, StreamUnknown
from services.partners.models import Partner, Stream
from shared.contracts.topics import partner_topic
from shared.errors import NotFound
from shared.runtime.plans import Wanted, alone, needs
from shared.runtime.rows import replace
from shared.runtime.unsaid import take_back
from shared.runtime.work import Work

Begin = Literal["beginning", "now"]


@dataclass(frozen=True, slots=True)
class Start:
    """Kafka has the topic already. Without `begin` one goes on from where it stood, and a new one
    from the beginning of the log; without `retention_days` they stay as they are. With `begin` what
    waits for Kafka is taken back: it was before, or is written again."""

    partner_id: str
    retention_days: int | None
    begin: Begin | None


@dataclass(frozen=True, slots=True)
class Stop:
    partner_id: str


def _needs(c: Start | Stop) -> Sequence[Wanted]:
    return [(Partner, c.partner_id), (Stream, c.partner_id)]


@alone
@needs(_needs)
async def start_stream(work: Work, c: Start) -> Stream:
    """What the partner may see is written to its topic from now on, and what was before."""
    if work.get(Partner, c.partner_id) is None:
        raise NotFound("partner-unknown", "There is no partner with this id.")
    known = work.get(Stream, c.partner_id)
    row = known or Stream(
        partner_id=c.partner_id,
        retention_days=KEPT_DAYS,
        version=0,
        created_at=work.now,
        updated_at=work.now,
    )
    if c.begin is not None:
        if known is not None:
            await take_back(work.con, partner_topic(c.partner_id))
        beginning = c.begin == "beginning"
        row = replace(row, position=0 if beginning else (await head_of(work.con.fetch)).position)
    row = replace(row, state="active", retention_days=c.retention_days or row.retention_days)
    if row == known:
        return known
    row = replace(row, version=row.version + 1, updated_at=work.now)
    work.put(row)
    work.audit("stream.started", row.partner_id, f"{row.version} {c.begin or ''}".strip())
    plan_stream(work, row, work.now, -row.version)
    return row


@alone
@needs(_needs)
async def stop_stream(work: Work, c: Stop) -> Stream:
    """Nothing is written to it any more; what waits for Kafka is taken back, and comes if it is
    ever started again. What is in the topic stays until Kafka deletes it. Raises StreamUnknown."""
    known, partner = work.get(Stream, c.partner_id), work.get(Partner, c.partner_id)
    if known is None or partner is None:
        raise StreamUnknown("This partner has no topic.")
    if known.state == "stopped":
        return known
    row = await unwrite(work, known, partner)
    row = replace(row, state="stopped", version=row.version + 1, updated_at=work.now)
    work.put(row)
    drop_stream(work, row)
    work.audit("stream.stopped", row.partner_id, str(row.version))
    return row
