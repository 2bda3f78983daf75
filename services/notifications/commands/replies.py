"""Somebody answers a text: STOP holds at once, whatever the provider does by itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.notifications.commands.texting import number_hash
from services.notifications.domain.replies import Answered
from services.notifications.models import Suppression, TextReply
from shared.runtime.plans import needs
from shared.runtime.work import Work


@dataclass(frozen=True)
class Reply:
    """An answer from a number, by the provider's id; its words are not kept."""

    provider_id: str
    phone: str = field(repr=False)
    answered: Answered
    secret: str = field(repr=False)


@needs(
    lambda reply: [
        (TextReply, reply.provider_id),
        (Suppression, number_hash(reply.secret, reply.phone)),
    ]
)
async def take_reply(work: Work, reply: Reply) -> Answered:
    """Keep that a number wants no texts, or wants them again. The same answer twice is one, so an
    old START that comes again does not undo a later STOP."""
    if work.get(TextReply, reply.provider_id) is not None:
        return reply.answered
    work.put(TextReply(provider_id=reply.provider_id, answered=reply.answered, at=work.now))
    hashed = number_hash(reply.secret, reply.phone)
    known = work.get(Suppression, hashed)
    if reply.answered == "stop":
        work.put(Suppression(address_hash=hashed, reason="stopped", code=0, at=work.now))
    elif reply.answered == "start" and known is not None and known.reason == "stopped":
        work.delete(known)
    return reply.answered
