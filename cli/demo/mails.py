"""The mails of the story: what was sent, what arrived, and at which hour of whose clock."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

from cli.demo import expected
from cli.demo.figure import Figure
from cli.demo.learners import Learner
from cli.demo.story import Told
from cli.demo.watched import Seen

_IN_TIME = timedelta(minutes=5)  # a mail server that is away for a moment is none of its business
_CLOCK = re.compile(r"\d{1,2}:\d\d [AP]M")


def sent(seen: Seen) -> list[Figure]:
    """As notifications itself says."""
    counted = Counter(
        message["template"]
        for messages in seen.messages.values()
        for message in messages
        if message["status"] == "sent"
    )
    others = {k: v for k, v in counted.items() if k not in expected.MESSAGES}
    return [
        *(
            Figure(f"sent: {name}", counted[name], wanted)
            for name, wanted in expected.MESSAGES.items()
        ),
        Figure("sent: anything else", others, {}),
    ]


def arrived(told: Told, seen: Seen) -> list[Figure]:
    """As the mailbox has it."""
    counted = Counter(address for mail in seen.mails for address in mail.to)
    mine = {person.number: counted[person.email] for person in told.people}
    wanted = {n: expected.MAILS_OF.get(n, expected.MAILS_OF_MOST) for n in mine}
    odd = {p.email: mine[p.number] for p in told.people if mine[p.number] != wanted[p.number]}
    whole = sum(entries == 4 for entries in seen.entries.values())
    return [
        Figure("mails that arrived", sum(mine.values()), expected.MAILS),
        Figure("addresses that got more, or less", odd, {}),
        Figure("confirmations with all four entries", whole, expected.CONFIRMATIONS),
    ]


def in_local_time(told: Told, seen: Seen) -> list[Figure]:
    """Reminders of two people either side of the change of clocks, as their mails say the time."""
    made = []
    for zone, template, session, due, clock in expected.REMINDERS:
        person = _there(told, zone)
        messages = seen.messages.get(person.number, []) if person else []
        mine = [m for m in messages if (m["template"], m["subject"]) == (template, session)]
        got = None
        if mine:
            at, sent = _instant(mine[0]["due_at"]), _instant(mine[0]["sent_at"])
            late = "" if sent and at and at <= sent < at + _IN_TIME else ", not in time"
            mail = seen.mail_of(mine[0])
            said = _CLOCK.search(mail.subject) if mail else None
            got = f"{at:%m-%d %H:%M} UTC{late}, for {said.group() if said else 'no hour'}"
        city = zone.rpartition("/")[2].replace("_", " ")
        made.append(Figure(f"{city}: {template} of {session}", got, f"{due} UTC, for {clock}"))
    return made


def _there(told: Told, zone: str) -> Learner | None:
    """Somebody who lives there and comes to every session."""
    mine = (p for p in told.people if p.zone == zone and not p.misses)
    return next((p for p in mine if not p.cancels_at and not p.never_pays), None)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
