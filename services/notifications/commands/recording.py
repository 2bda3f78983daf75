"""What came of a sending: the mail server took it, deferred it, refused it, or never said."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

from services.notifications.commands.case import Case, Post
from services.notifications.commands.later import hold_back, try_later
from services.notifications.commands.overrides import ask_about_template, failed_template_key
from services.notifications.commands.told import telling, unsaid
from services.notifications.domain.delivery import (
    AWAY,
    Delivered,
    HeldBackError,
    OverError,
    UndeliveredError,
)
from services.notifications.domain.wanted import TOO_LATE
from services.notifications.models import Message, Person, Suppression
from shared.contracts.notifications import MessageFailed, MessageSent
from shared.runtime.outside import Recorded
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

_TASK_DAYS = 2
TASK = "message-failed"
UNKNOWN = "unknown"
SUPPRESSED = "suppressed"
CAME_BACK = "came-back"
_WHAT = {
    UNKNOWN: "A mail may or may not have gone out: the mail server never said. Look at the mail "
    "server's log, and have it sent again if it did not arrive.",
    SUPPRESSED: "A mail was not tried, because its address was refused before. Correct the "
    "address, and have the message sent again.",
    "bounced": "A mail was refused for good: the address does not work. Ask for another address, "
    "correct it, and have the message sent again.",
    "refused": "A mail was refused by the mail server, though the address may be right: for what "
    "it is, or because the mailbox is full. See why, and have it sent again.",
    CAME_BACK: "A mail that somebody needs now came back, though the address may be right: their "
    "mailbox is full, or their server takes nothing from us. Tell them in another way, or have it "
    "sent again.",
    "gave-up": "A mail could not be handed over for two days. See to the mail server, and have it "
    "sent again.",
    "defect": "A mail could not be written. See the log, and have it sent again once it is mended.",
}
_WHAT_TEXT = {  # the mail went out by itself, whatever became of the text
    UNKNOWN: "A text may or may not have gone out: the provider never said. Look at the provider's "
    "log, and have it sent again if it did not, and is still of use. The mail went by itself.",
    "bounced": "There is no such number, or it takes no texts: nothing is sent to it any more. "
    "Ask for another one; they give it on their own page. The mail went by itself.",
    "refused": "A text was refused by the provider for what it is. See docs/messages.md and the "
    "provider's log. The mail went by itself.",
    "gave-up": "A text could not be handed over for two days. See to the provider and to its keys. "
    "The mail went by itself.",
    "defect": "A text could not be written. See the log. The mail went by itself.",
}


def address_hash(email: str) -> str:
    """How an address is known without being kept."""
    return sha256(email.strip().lower().encode()).hexdigest()


@needs(
    lambda recorded: [
        (Person, recorded.request.person.person_id),
        (Message, recorded.due.ref),
        *_suppression(recorded),
        task_key(TASK, recorded.due.ref),
        *failed_template_key(recorded),
    ]
)
async def record(work: Work, recorded: Recorded) -> None:
    """What came of it: sent, again later, refused for good, or not known."""
    message = work.get(Message, recorded.due.ref)
    if message is None or message.state != "sending":
        return
    error = recorded.error
    if isinstance(recorded.result, Delivered):
        person = work.get(Person, recorded.request.person.person_id)
        # Erased while the mail was under way; of staff nobody is known, and nothing is personal.
        erased = message.person_id is not None and (person is None or person.erased)
        done = recorded.result
        whom = ("", "") if erased else (done.recipient, done.subject)
        _sent(work, _now_said(recorded, message), *whom)
        ask_about_template(work, recorded)
    elif recorded.unknown:
        _fail(work, _now_said(recorded, message), UNKNOWN)
    elif isinstance(error, OverError):
        work.put(ended(unsaid(message), error.why))
    elif isinstance(error, HeldBackError):
        hold_back(work, recorded, message, error)
    elif isinstance(error, TimeoutError) and not recorded.begun:
        _later(work, recorded, message, UndeliveredError(AWAY, 0))
    elif not isinstance(error, UndeliveredError):
        unknown = (_now_said(recorded, message), UNKNOWN) if recorded.begun else None
        _fail(work, *(unknown or (message, "defect")))
    elif error.verdict.again:
        _later(work, recorded, message, error)
    else:
        if error.verdict.suppress:
            _suppress(work, recorded, error)
        _fail(work, message, error.verdict.reason)


def _now_said(recorded: Recorded, message: Message) -> Message:
    """What one that was sent again told, now that it went out or may have."""
    if not message.resends or not isinstance(recorded.request, Case):
        return message
    return replace(message, said=telling(message, recorded.request.course))


def _later(work: Work, recorded: Recorded, message: Message, error: UndeliveredError) -> None:
    if not try_later(work, recorded, message, error):
        _fail(work, message, "gave-up")


def _suppression(recorded: Recorded) -> list[Any]:
    case: Post = recorded.request
    return [(Suppression, address_hash(case.person.email))]


def _suppress(work: Work, recorded: Recorded, error: UndeliveredError) -> None:
    hashed = address_hash(recorded.request.person.email)
    reason, code = error.verdict.reason, error.code
    work.put(Suppression(address_hash=hashed, reason=reason, code=code, at=work.now))


def _sent(work: Work, message: Message, recipient: str, subject_line: str) -> None:
    work.put(
        replace(
            message,
            state="sent",
            forced=False,
            reason="",
            sent_at=work.now,
            recipient=recipient,
            subject_line=subject_line,
        )
    )
    work.emit(MessageSent(**about_of(message), sent_at=work.now))
    work.close_task(TASK, message.message_id)  # where a human was asked, and has seen to it


def _fail(work: Work, message: Message, reason: str) -> None:
    failed(work, message, reason)
    ask_staff(work, message, reason)


def ask_staff(work: Work, message: Message, reason: str) -> None:
    """A human is to see to a message that did not go out, or perhaps did."""
    due_at = work.now + timedelta(days=_TASK_DAYS)
    what = _WHAT_TEXT.get(reason, "") if message.channel == "sms" else ""
    work.open_task(TASK, message.message_id, what or _WHAT[reason], _task_about(message), due_at)


def failed(work: Work, message: Message, reason: str) -> None:
    """It did not go out, and is not tried again by itself."""
    if reason != UNKNOWN:  # that one may have arrived
        message = unsaid(message)
    work.put(replace(message, state="failed", forced=False, reason=reason))
    work.emit(MessageFailed(**about_of(message), reason=reason, failed_at=work.now))


def ended(message: Message, why: str) -> Message:
    """It goes out no more: it would come too late, or what it says does not hold. What is not about
    a registration can only be late."""
    late = why == TOO_LATE or message.registration_id is None
    state = "skipped" if late else "cancelled"
    return replace(message, state=state, forced=False, reason=why)


def about_of(message: Message) -> dict[str, Any]:
    """What every fact of a message says."""
    return {
        "registration_id": message.registration_id,
        "course_id": message.course_id,
        "person_id": message.person_id,
        "message_id": message.message_id,
        "template": message.template,
        "version": message.version,
        "channel": message.channel,
    }


def _task_about(message: Message) -> dict[str, str]:
    about = {"message_id": message.message_id, "template": message.template}
    if message.registration_id:
        about["registration_id"] = message.registration_id
    if message.channel != "mail":
        about["channel"] = message.channel
    return about
