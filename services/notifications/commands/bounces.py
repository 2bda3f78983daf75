"""A mail came back: the address is not written to again, or it is noted; a human is asked.

What names a Message-ID or a return address of ours is believed, for only whoever got the mail knows
them. What names an address alone anybody can write: it counts towards asking a human, and no more.

A mail that was sent again may have gone to another address than the one that did not work; what
comes late of the first is about the address that it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from prometheus_client import Counter

from services.notifications.commands.case import Sender
from services.notifications.commands.planning import settle, to_settle_again
from services.notifications.commands.recording import (
    CAME_BACK,
    TASK,
    address_hash,
    ask_staff,
    failed,
)
from services.notifications.commands.stories import mails_in
from services.notifications.commands.unsubscribing import keep_from
from services.notifications.domain.bounces import CANNOT_WAIT, Returned
from services.notifications.domain.returned_mail import read_returned
from services.notifications.domain.verp import told_by
from services.notifications.models import (
    Bounce,
    Message,
    Person,
    Registration,
    Suppression,
    Unsubscribed,
)
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

Outcome = Literal["hard", "soft", "delayed", "complaint", "duplicate", "unknown", "other"]
bounces = Counter("bounces_total", "Mails that came back, by what came of them", ["outcome"])
TROUBLED = "address-troubled"
SOFT = 3  # different mails to one address that did not arrive, in DAYS, until a human is asked
DAYS = 30
_TASK_DAYS = 2
_WHAT = (
    "Several mails to this address came back, though it may be right: its mailbox is full, or its "
    "server takes nothing from us. Ask for another address, or see why; then close this."
)


@dataclass(frozen=True)
class Back:
    """A mail that came back, and what its return address told (`domain/verp.py`)."""

    returned: Returned
    told: str | None = None


def back_of(sender: Sender, raw: bytes) -> Back:
    """A mail as it came, read."""
    read = read_returned(raw, sender.address.rpartition("@")[2], sender.secret)
    return Back(read, told_by(read.came_to, sender.secret))


def back_needs(back: Back) -> Plan:
    """The mail that it is about, its address, and whoever got it."""
    read = back.returned
    if read.kind == "other":
        return []
    ids = _candidates(back)
    by_address = where(Message, recipient=read.recipient)
    [_, *found] = yield [
        (Bounce, read.digest),
        *((Message, one) for one in ids),
        *([by_address] if read.recipient else []),
    ]
    message, _sure = _about(found[: len(ids)], found[len(ids)] if read.recipient else [])
    if message is None or not message.recipient:
        return [(Bounce, read.digest)]
    [row] = yield [(Registration, message.registration_id or "")]
    theirs = (yield from to_settle_again(row)) if row else []
    hashed = address_hash(_whose(read, message))
    return [
        (Bounce, read.digest),
        (Bounce, _once(message)),
        (Message, message.message_id),
        (Person, message.person_id or ""),
        (Suppression, hashed),
        where(Bounce, address_hash=hashed),
        where(Unsubscribed, person_id=message.person_id or ""),
        task_key(TASK, message.message_id),
        task_key(TROUBLED, hashed),
        *theirs,
    ]


@needs(back_needs)
async def take_back(work: Work, back: Back) -> Outcome:
    """What comes of it; the same mail again, in any order, comes to nothing more."""
    outcome = _take(work, back)
    bounces.labels(outcome).inc()
    return outcome


def _take(work: Work, back: Back) -> Outcome:
    read = back.returned
    if read.kind == "other":
        return "other"
    if work.get(Bounce, read.digest) is not None:
        return "duplicate"
    by_id = [work.get(Message, one) for one in _candidates(back)]
    by_address = where(Message, recipient=read.recipient)
    message, sure = _about(by_id, work.find(by_address) if read.recipient else [])
    if message is None or not message.recipient:  # of nobody, or of somebody who was erased
        return "unknown"
    hashed = address_hash(_whose(read, message))
    certain = sure and (not message.resends or "@" in read.recipient)
    kind = "soft" if read.kind == "hard" and not certain else read.kind
    if kind == "complaint" and not sure:
        return "unknown"
    if not sure and work.get(Bounce, _once(message)) is not None:
        return "duplicate"
    bounce = Bounce(
        digest=read.digest if sure else _once(message),
        message_id=message.message_id,
        address_hash=hashed,
        kind=kind,
        code=read.code[:20],
        sure=sure,
        at=work.now,
    )
    work.put(bounce)
    _follow(work, message, bounce)
    return kind


def _follow(work: Work, message: Message, bounce: Bounce) -> None:
    mine = bounce.address_hash == address_hash(message.recipient)
    if bounce.kind == "hard":
        _suppress(work, bounce)
        if mine:
            _refused(work, message)
    elif bounce.kind == "soft":
        if mine:
            _noted(work, message, bounce)
        _ask_if_troubled(work, message, bounce)
    elif bounce.kind == "complaint":
        keep_from(work, message.person_id, "complaint")
        _settle(work, message)


def _candidates(back: Back) -> list[str]:
    told = [back.told] if back.told else []
    return list(dict.fromkeys([*told, *back.returned.message_ids]))[:5]


def _about(by_id: list[Message | None], by_address: list[Message]) -> tuple[Message | None, bool]:
    """(the mail, whether that is sure): named by its id, else the last that went to the address."""
    for one in by_id:
        if one is not None and one.channel == "mail":
            return one, True
    sent = [one for one in mails_in(by_address) if one.sent_at is not None]
    last = max(sent, key=lambda one: (one.sent_at, one.message_id), default=None)
    return last, False


def _once(message: Message) -> str:
    """The key of all that anybody may write about a mail: of these, one is kept."""
    return f"unsure {message.message_id}"


def _whose(read: Returned, message: Message) -> str:
    """Which address it is about: where the mail was sent again, the one that it names."""
    return read.recipient if message.resends and "@" in read.recipient else message.recipient


def _suppress(work: Work, bounce: Bounce) -> None:
    if work.get(Suppression, bounce.address_hash) is None:
        reply = int(bounce.code) if bounce.code.isdigit() else 550
        work.put(
            Suppression(address_hash=bounce.address_hash, reason="bounced", code=reply, at=work.now)
        )


def _refused(work: Work, message: Message) -> None:
    known = message.state == "failed" and message.reason == "bounced"
    if known or message.state not in ("sent", "sending", "failed"):
        return  # had been sent before; what is planned waits for another address by itself
    failed(work, message, "bounced")
    ask_staff(work, message, "bounced")


def _noted(work: Work, message: Message, bounce: Bounce) -> None:
    if message.state == "sent":
        code = f" ({bounce.code})" if bounce.code else ""
        work.put(replace(message, reason=f"it came back{code}"))
        if bounce.sure and message.template in CANNOT_WAIT:
            ask_staff(work, message, CAME_BACK)


def _ask_if_troubled(work: Work, message: Message, bounce: Bounce) -> None:
    since = work.now - timedelta(days=DAYS)
    there = work.find(where(Bounce, address_hash=bounce.address_hash))
    mails = {one.message_id for one in there if one.kind == "soft" and one.at > since}
    if len(mails) >= SOFT:
        about = {"message_id": message.message_id, "template": message.template}
        if message.registration_id:
            about["registration_id"] = message.registration_id
        due_at = work.now + timedelta(days=_TASK_DAYS)
        work.open_task(TROUBLED, bounce.address_hash, _WHAT, about, due_at)


def _settle(work: Work, message: Message) -> None:
    row = work.get(Registration, message.registration_id) if message.registration_id else None
    if row is not None:
        settle(work, row)
