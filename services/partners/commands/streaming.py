"""A partner's own topic is written from the log, a part at a time, by one deadline a partner.

In one transaction: what it may see at this moment goes into the outbox, and its place in the log
moves on. So the relay's order and at-least-once are the topic's, too. What services say goes before
it, and each partner's next part comes after one of every other. A topic has a shard of its own, and
only so much room: one that Kafka does not take stops itself and no other.
"""

from __future__ import annotations

from datetime import timedelta

from pydantic_core import to_json

from services.partners.commands.pumps import plan_stream
from services.partners.commands.reading import read_behind, view_of_partner
from services.partners.domain.cloudevents import cloud_event, in_headers
from services.partners.domain.visibility import ERASED, View
from services.partners.models import Occurrence, Partner, Stream
from shared.contracts.topics import partner_topic
from shared.runtime.due import Due
from shared.runtime.envelope import Entry
from shared.runtime.plans import alone, needs
from shared.runtime.rows import replace
from shared.runtime.unsaid import is_backed_up, take_back
from shared.runtime.work import Work

ROUND = 300  # events
ROOM = 3_000  # rows of one topic in the outbox; with more waiting for Kafka, nothing is added
_PAUSE = timedelta(seconds=1)
# Who adds to the log while it is started, or its partner is described anew, may not know of it: it
# is looked again.
_SETTLES = timedelta(minutes=1)

# An event of a person stands in the log once for each course, under one id: as many of the latest
# places as there were rows of that id, of those that are written: of former courses who was erased.
_FIRST = """
SELECT min(o.position) FROM (
  SELECT event_id, position,
    row_number() OVER (PARTITION BY event_id ORDER BY position DESC) AS nth
  FROM occurrences WHERE event_id = ANY($1) AND position <= $3
    AND (course_id = ANY($2) OR course_id = ANY($4) AND type = $5)
) AS o
JOIN (SELECT id, count(*) AS many FROM unnest($1::text[]) AS u(id) GROUP BY id) AS w
  ON w.id = o.event_id AND o.nth <= w.many
"""


@alone
@needs(lambda due: [(Partner, due.ref), (Stream, due.ref)])  # its lists stay until the commit
async def write_stream(work: Work, due: Due) -> None:
    """The next part, if there is one and room for it."""
    stream, partner = work.get(Stream, due.ref), work.get(Partner, due.ref)
    if stream is None or stream.state != "active" or partner is None:
        return
    topic = partner_topic(stream.partner_id)
    if await is_backed_up(work.con, topic, ROOM):
        plan_stream(work, stream, work.now + _PAUSE, due.version)
        return
    view = view_of_partner(partner)
    seen = await read_behind(work.con.fetch, view, stream.position, ROUND)
    for one in seen.occurrences:
        work.say(_entry(view, one, topic))
    if seen.position > stream.position:
        written = work.now if seen.occurrences else stream.written_at
        stream = replace(stream, position=seen.position, written_at=written)
        work.put(stream)
    settled = stream.updated_at + _SETTLES
    if seen.more:
        plan_stream(work, stream, work.now, stream.position)
    elif settled > work.now:
        plan_stream(work, stream, settled, stream.position)


async def unwrite(work: Work, stream: Stream, partner: Partner) -> Stream:
    """What waits for Kafka is taken out of the outbox, and the place in the log goes back to before
    it: it is decided anew. `partner` is as it was written by. The caller puts what is given."""
    taken = await take_back(work.con, partner_topic(stream.partner_id))
    if not taken:
        return stream
    where = list(partner.courses), stream.position, list(partner.former), ERASED
    first = await work.con.fetchval(_FIRST, taken, *where)
    # None where all of it was of people who were erased since: nothing of it is in the log.
    return stream if first is None else replace(stream, position=first - 1)


def _entry(view: View, one: Occurrence, topic: str) -> Entry:
    event = cloud_event(
        view, one.event_id, one.type, one.source, one.subject, one.said_at, one.data
    )
    key, data = one.subject.encode(), to_json(event["data"])
    return Entry(one.event_id, topic, key, data, in_headers(event), apart=True)
