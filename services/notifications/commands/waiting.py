"""Mails that wait for another address: not even tried, because theirs was refused before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.notifications.commands.planning import messages_of, settle
from services.notifications.commands.recording import SUPPRESSED
from services.notifications.commands.stories import mails_in
from services.notifications.models import Message, Registration
from shared.runtime.rows import replace
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

_TASK = "mails-waiting"
_TASK_DAYS = 2
_WHAT = (
    "Mails of this registration wait, because their address was refused before: this one, and all "
    "that fell due since. Ask for another address and correct it; what is still of use then goes "
    "out by itself."
)
_NO_USE = "it waited for another address until it was of no use"


def waiting_key(registration_id: str) -> tuple[type[Any], Any]:
    """For plans of what follows."""
    return task_key(_TASK, registration_id)


def ask_for_address(work: Work, message: Message) -> None:
    """Once a registration, a human is told that its mails wait."""
    assert message.registration_id is not None
    about = {
        "registration_id": message.registration_id,
        "message_id": message.message_id,
        "template": message.template,
    }
    due_at = work.now + timedelta(days=_TASK_DAYS)
    work.open_task(_TASK, message.registration_id, _WHAT, about, due_at)


def try_again(work: Work, row: Registration) -> None:
    """The address is another one, or works again: what waited is decided anew."""
    for message in mails_in(work.find(messages_of(row.registration_id))):
        mine = message.person_id == row.person_id
        if mine and (message.state, message.reason) == ("failed", SUPPRESSED):
            work.put(replace(message, state="cancelled", attempts=0, reason=_NO_USE))
    wait_no_more(work, row)
    settle(work, row)


def wait_no_more(work: Work, row: Registration) -> None:
    """Nobody needs to be asked any more."""
    work.close_task(_TASK, row.registration_id)
