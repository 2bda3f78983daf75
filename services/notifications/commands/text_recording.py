"""What came of a text: the provider took it, did not, or never said; what receipts say later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from prometheus_client import Counter

from services.notifications.commands.recording import (
    TASK,
    UNKNOWN,
    about_of,
    ask_staff,
    failed,
)
from services.notifications.commands.text_desk import STOPPED, TextDesk, count_back
from services.notifications.commands.texting import TEXT, number_hash
from services.notifications.domain.delivery import retry_after
from services.notifications.domain.text_outcomes import (
    FINAL,
    Texted,
    UntextedError,
    meaning,
    rank,
)
from services.notifications.domain.texts import SMS
from services.notifications.models import Message, Suppression, TextCount
from shared.contracts.notifications import MessageSent
from shared.runtime.due import Command
from shared.runtime.outside import Recorded
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

Outcome = Literal["taken", "duplicate", "unknown"]
receipts = Counter("text_receipts_total", "Receipts of texts, by what came of them", ["outcome"])


def recording_texts(desk: TextDesk) -> Command:
    """The second half of sending a text."""

    @needs(
        lambda recorded: [
            (Message, recorded.due.ref),
            (Suppression, number_hash(desk.secret, recorded.request.message.recipient)),
            (TextCount, desk.provider),
            task_key(TASK, recorded.due.ref),
        ]
    )
    async def record_text(work: Work, recorded: Recorded) -> None:
        """Sent, again later, refused, or not known."""
        message = work.get(Message, recorded.due.ref)
        if message is None or message.state != "sending":
            return  # a receipt was quicker
        error = recorded.error
        hashed = number_hash(desk.secret, recorded.request.message.recipient)
        if isinstance(recorded.result, Texted):
            _sent(work, replace(message, provider_id=recorded.result.provider_id))
        elif recorded.unknown or (isinstance(error, UntextedError) and error.answer == "unknown"):
            _fail(work, message, UNKNOWN)
        elif isinstance(error, UntextedError):
            count_back(work, desk, recorded.request.now)
            _not_taken(work, message, hashed, error)
        elif recorded.begun:  # a defect of ours, but the provider may have been asked
            _fail(work, message, UNKNOWN)
        else:
            count_back(work, desk, recorded.request.now)
            if isinstance(error, TimeoutError):  # nobody was asked yet
                _later(work, message)
            else:
                _fail(work, message, "defect")

    return record_text


@dataclass(frozen=True)
class Receipt:
    """What the provider says became of a text that it took: `status` in its words, `code` why it
    did not arrive. `secret` hides numbers."""

    message_id: str
    provider_id: str
    status: str
    code: int | None
    secret: str = field(repr=False)


def _receipt_needs(receipt: Receipt) -> Plan:
    [message] = yield [(Message, receipt.message_id)]
    number = message.recipient if message is not None else ""
    return [
        (Message, receipt.message_id),
        (Suppression, number_hash(receipt.secret, number)),
        task_key(TASK, receipt.message_id),
    ]


@needs(_receipt_needs)
async def take_receipt(work: Work, receipt: Receipt) -> Outcome:
    """Whatever order they come in, and however often: what says no more than is known is nothing.

    One of a text whose fate nobody knew says that it went out; so does one of a text that the
    provider said it had not taken, and that waits for its next try.
    """
    outcome = _take(work, receipt)
    receipts.labels(outcome).inc()
    return outcome


def _take(work: Work, receipt: Receipt) -> Outcome:
    message = work.get(Message, receipt.message_id)
    if message is None or message.channel != SMS or not rank(receipt.status):
        return "unknown"
    if message.provider_id and message.provider_id != receipt.provider_id:
        return "unknown"  # of an earlier try, which somebody has seen to since
    in_doubt = (
        message.state == "sending"
        or (message.state, message.reason) == ("failed", UNKNOWN)
        or (message.state == "planned" and message.attempts > 0)
    )
    if not in_doubt and message.state != "sent":
        return "unknown"
    if not in_doubt and rank(receipt.status) <= rank(message.delivery):
        return "duplicate"
    message = replace(message, provider_id=receipt.provider_id, delivery=receipt.status)
    if in_doubt:
        if message.state == "planned":
            work.drop_due(TEXT, message.message_id)
        message = _sent(work, message)
    else:
        work.put(message)
    if receipt.status in FINAL - {"delivered", "read"}:
        _not_delivered(work, message, receipt)
    return "taken"


def _not_delivered(work: Work, message: Message, receipt: Receipt) -> None:
    answer = meaning(receipt.code)
    hashed = number_hash(receipt.secret, message.recipient)
    if answer in ("bounced", "stopped") and message.recipient:  # not of somebody erased since
        _suppress(work, hashed, answer, receipt.code or 0)
    if answer == "bounced":
        _fail(work, message, "bounced")
        return
    code = f" ({receipt.code})" if receipt.code else ""
    work.put(replace(message, reason=f"it was not delivered{code}"))


def _not_taken(work: Work, message: Message, hashed: str, error: UntextedError) -> None:
    answer = error.answer
    if answer in ("bounced", "stopped"):
        _suppress(work, hashed, answer, error.code)
    if answer in ("again", "away"):
        _later(work, message)
    elif answer == "stopped":  # they know, and nobody needs to do anything
        work.put(replace(message, state="skipped", forced=False, reason=STOPPED))
    else:
        _fail(work, message, answer)


def _suppress(work: Work, hashed: str, reason: str, code: int) -> None:
    known = work.get(Suppression, hashed)
    if known is not None and known.reason == "stopped" and reason != "stopped":
        return  # staff may lift what a provider says of a number, and never a STOP
    work.put(Suppression(address_hash=hashed, reason=reason, code=code, at=work.now))


def _later(work: Work, message: Message) -> None:
    wait = retry_after(message.attempts)
    if wait is None:
        _fail(work, message, "gave-up")
        return
    work.put(replace(message, state="planned", recipient=""))
    work.plan_due(TEXT, message.message_id, work.now + wait, version=message.attempts)


def _sent(work: Work, message: Message) -> Message:
    sent = replace(message, state="sent", forced=False, reason="", sent_at=work.now)
    work.put(sent)
    work.emit(MessageSent(**about_of(sent), sent_at=work.now))
    work.close_task(TASK, message.message_id)
    return sent


def _fail(work: Work, message: Message, reason: str) -> None:
    failed(work, message, reason)
    ask_staff(work, message, reason)
