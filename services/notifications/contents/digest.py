"""What the letters to staff say. Nothing personal: tasks name things by their ids, and so do we."""

from __future__ import annotations

from typing import Any

from babel import Locale

from services.notifications import words
from services.notifications.commands.case import Sender
from services.notifications.commands.digest_letter import Digest
from services.notifications.commands.facts_for_staff import AtHand, Mails
from services.notifications.contents.timetable import named
from services.notifications.domain.digest import OpenTask, When
from shared.languages import Tongue, marked

_PLATFORM = "Holdfast"
_WHY = marked(
    "You get this mail because your address is in the settings of notifications, for what needs "
    "staff."
)
_TASK_STATES = {
    "overdue": marked("Overdue since %(moment)s"),
    "today": marked("Due today, %(moment)s"),
    "later": marked("Due %(moment)s"),
}
_WHEN = {
    "overdue": marked("Overdue"),
    "today": marked("Due today"),
    "later": marked("Due later, the oldest first"),
}
_JOINS = {
    "planned": marked("%(number)s to be sent"),
    "sending": marked("%(number)s under way"),
    "sent": marked("%(number)s sent"),
    "skipped": marked("%(number)s left out, too late"),
    "failed": marked("%(number)s failed"),
}


def digest(case: Digest, sender: Sender) -> dict[str, Any]:
    """Every name that `staff_digest` and `staff_urgent` use."""
    locale = words.locale_of(case.person.locale)
    tongue = words.tongue(locale)
    told = case.told
    return {
        "lang": locale.language,
        "provider": {"name": _PLATFORM, "address": ""},
        "sponsor": None,
        "foot": {"why": tongue.say(_WHY)},
        "now": words.moment(case.now, case.zone, locale),
        "count": told.count,
        "overdue": told.overdue,
        "today": told.today,
        "more": told.more,
        "kinds": [
            tongue.say_n(
                "%(number)s task of %(service)s: %(kind)s",
                "%(number)s tasks of %(service)s: %(kind)s",
                number,
                service=service,
                kind=kind,
            )
            for service, kind, number in told.kinds
        ],
        "groups": _groups(case, tongue, locale),
        "sessions": [
            {"course": one.course, "lines": _session(one, case.zone, tongue, locale)}
            for one in case.sessions
        ],
        "mails": _mails(case.mails, tongue),
        "tasks_command": "bin/holdfast tasks",
    }


def _groups(case: Digest, tongue: Tongue, locale: Locale) -> list[dict[str, Any]]:
    """The tasks by when, in their order, each with what to do and lines about it."""
    groups: dict[When, list[dict[str, Any]]] = {}
    for when, task in case.told.tasks:
        lines = _task(when, task, case.zone, tongue, locale)
        said = f"{task.kind}: {task.what}" if task.what else task.kind
        groups.setdefault(when, []).append({"what": said, "lines": lines})
    return [{"title": tongue.say(_WHEN[when]), "tasks": rows} for when, rows in groups.items()]


def _task(when: When, task: OpenTask, zone: str, tongue: Tongue, locale: Locale) -> list[str]:
    lines = []
    if task.due_at is not None:
        due = words.moment(task.due_at, zone, locale)
        lines.append(tongue.say(_TASK_STATES[when], moment=due))
    since = words.moment(task.opened_at, zone, locale)
    lines.append(tongue.say("Open since %(moment)s", moment=since))
    lines += [f"{name} {value}" for name, value in sorted(task.about.items())]
    if message_id := task.about.get("message_id"):
        lines.append(f"bin/holdfast messages show {message_id}")
    lines.append(f"bin/holdfast tasks --kind {task.kind}")  # where it is looked at, and closed
    return lines


def _session(one: AtHand, zone: str, tongue: Tongue, locale: Locale) -> list[str]:
    day = words.day(one.starts_at, zone, locale)
    hours = words.hours(one.starts_at, one.ends_at, zone, locale)
    name, *_ = named(one.place, one.of, tongue)
    lines = [
        f"{name}: {one.title}" if one.title else name,
        f"{day}, {hours}, {words.place(one.starts_at, zone, locale)}",
        tongue.say_n("%(number)s has a seat", "%(number)s have a seat", one.seated),
    ]
    if one.held:
        lines.append(
            tongue.say_n(
                "%(number)s more seat is held or offered",
                "%(number)s more seats are held or offered",
                one.held,
            )
        )
    states = [
        tongue.say(_JOINS[state], number=number) for state, number in one.joins if state in _JOINS
    ]
    if one.online and states:
        # L10N: states are such as "3 sent", "1 failed"
        lines.append(tongue.say("Join links: %(states)s", states=", ".join(states)))
    elif one.online and one.seated:
        lines.append(tongue.say("Join links: none is planned"))
    return lines


def _mails(mails: Mails, tongue: Tongue) -> list[str]:
    """What did not go out, a sentence each."""
    found = []
    if mails.failed:
        found.append(
            tongue.say_n(
                "%(number)s mail of the last seven days failed, or may not have arrived.",
                "%(number)s mails of the last seven days failed, or may not have arrived.",
                mails.failed,
            )
        )
    if mails.held_back:
        found.append(
            tongue.say_n(
                "%(number)s mail of the last seven days waits for another address.",
                "%(number)s mails of the last seven days wait for another address.",
                mails.held_back,
            )
        )
    if mails.again:
        found.append(
            tongue.say_n(
                "%(number)s mail was put off by a mail server, and is tried again by itself.",
                "%(number)s mails were put off by mail servers, and are tried again by themselves.",
                mails.again,
            )
        )
    if mails.late:
        found.append(
            tongue.say_n(
                "%(number)s mail is late: it ought to have gone out a quarter of an hour ago.",
                "%(number)s mails are late: they ought to have gone out a quarter of an hour ago.",
                mails.late,
            )
        )
    if mails.unheard:
        found.append(
            tongue.say_n(
                "%(number)s mail waits to hear of its course or person.",
                "%(number)s mails wait to hear of their course or person.",
                mails.unheard,
            )
        )
    return found
