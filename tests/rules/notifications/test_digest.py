"""When staff are told, of what first, and what cannot wait: by hand."""

from datetime import date, datetime, timedelta

import pytest

from services.notifications.api.sample_letters import LETTERS, sample_post
from services.notifications.commands.case import Sender
from services.notifications.commands.digest_letter import AT_ONCE, DIGEST
from services.notifications.domain.digest import (
    OpenTask,
    Rhythm,
    is_urgent,
    told,
    urgent_hour,
)
from services.notifications.envelope import letter_of, mail_of
from services.notifications.settings import Settings

NEW_YORK = "America/New_York"
SENDER = Sender("https://holdfast.test", "a secret of the tests", "courses@praxis.example")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("now", "days", "day", "due"),
    [
        ("2020-10-19T10:59:59+00:00", "mon tue", "2020-10-19", "2020-10-19T11:00:00+00:00"),
        # at the hour itself that day's is being made: the next is the next
        ("2020-10-19T11:00:00+00:00", "mon tue", "2020-10-20", "2020-10-20T11:00:00+00:00"),
        ("2020-10-20T11:00:00+00:00", "mon tue", "2020-10-26", "2020-10-26T11:00:00+00:00"),
        ("2020-10-19T11:00:00+00:00", "mon", "2020-10-26", "2020-10-26T11:00:00+00:00"),
        # the clocks go back on November 1: seven o'clock is an hour later
        ("2020-10-31T12:00:00+00:00", "sun", "2020-11-01", "2020-11-01T12:00:00+00:00"),
        ("2020-10-19T10:00:00+00:00", "", None, None),
    ],
)
def test_the_next_digest_is_on_the_next_of_its_days_at_its_hour_there(now, days, day, due) -> None:
    rhythm = Rhythm(NEW_YORK, 7, days.split())
    found = rhythm.next_day(at(now))
    assert (found.isoformat() if found else None) == day
    if found is not None:
        assert rhythm.at(found) == at(due)


def test_the_morning_is_over_at_noon_there() -> None:
    rhythm = Rhythm(NEW_YORK, 7)
    day = date(2020, 10, 19)
    assert not rhythm.is_over(day, at("2020-10-19T15:59:59+00:00"))
    assert rhythm.is_over(day, at("2020-10-19T16:00:00+00:00"))


NOW = at("2020-10-19T11:00:00+00:00")  # seven o'clock in New York


def task(name: str, opened: int, due: float | None = None, kind: str = "refund-failed") -> OpenTask:
    """Opened that many hours ago, due in that many."""
    due_at = None if due is None else NOW + timedelta(hours=due)
    return OpenTask(name, "billing", kind, "Do it.", NOW - timedelta(hours=opened), due_at)


def test_overdue_comes_first_then_today_then_the_oldest() -> None:
    found = told(
        [
            task("new", 1),
            task("tonight", 5, 16.9),  # 23:54 there
            task("tomorrow", 5, 17.1),  # 00:06 there
            task("old", 300),
            task("just overdue", 2, 0),
            task("long overdue", 1, -40),
            task("at noon", 1, 5),
        ],
        NOW,
        NEW_YORK,
    )
    assert [(when, one.task_id) for when, one in found.tasks] == [
        ("overdue", "long overdue"),
        ("overdue", "just overdue"),
        ("today", "at noon"),
        ("today", "tonight"),
        ("later", "old"),
        ("later", "tomorrow"),
        ("later", "new"),
    ]
    assert (found.overdue, found.today, found.count, found.more) == (2, 2, 7, 0)


def test_many_are_counted_and_the_first_are_told() -> None:
    many = [task(f"{n:03}", 500 - n) for n in range(100)] + [
        OpenTask("x", "attendance", "report-not-fetched", "", NOW)
    ]
    found = told(many, NOW, NEW_YORK)
    assert [one.task_id for _, one in found.tasks] == [f"{n:03}" for n in range(20)]
    assert (found.count, found.more) == (101, 81)
    assert found.kinds == [
        ("billing", "refund-failed", 100),
        ("attendance", "report-not-fetched", 1),
    ]


@pytest.mark.parametrize(
    ("kind", "about", "hours", "urgent"),
    [
        ("message-failed", {"template": "join_1h"}, 48, True),
        ("mails-waiting", {"template": "join_1h"}, 48, True),
        ("message-failed", {"template": "meeting_swapped"}, 48, True),
        ("message-failed", {"template": "receipt"}, 48, False),
        ("message-failed", {"template": "staff_digest"}, 48, False),
        ("refund-failed", {"template": "join_1h"}, 48, False),
        ("accommodation", {}, 4, True),
        ("accommodation", {}, 5, False),
        ("accommodation", {}, None, False),
    ],
)
def test_what_cannot_wait(kind, about, hours, urgent) -> None:
    due_at = None if hours is None else NOW + timedelta(hours=hours)
    assert is_urgent(kind, about, NOW, due_at) is urgent


def test_an_urgent_mail_belongs_to_its_hour() -> None:
    assert urgent_hour(at("2020-10-19T11:59:59.9+00:00")) == NOW


def test_the_letters_say_what_to_do_in_order_and_where() -> None:
    letter = letter_of(sample_post(DIGEST), SENDER)
    assert letter.subject == "Staff: 2 tasks need you, 1 overdue"
    order = [
        "Overdue\n",
        "refund-failed: The gateway could not give 169.00 USD back.",
        "Overdue since Friday, October 16, 2020, 6:00 AM, New York time (EDT)",
        "* bin/holdfast tasks --kind refund-failed",
        "Due later, the oldest first\n",
        "message-failed: A mail may or may not have gone out",
        "* bin/holdfast messages show 0192a0b0-5c1e-7a10-8f00-00000000e101",
        "* bin/holdfast tasks --kind message-failed",
        "Mails\n",
        "* 2 mails of the last seven days wait for another address.",
        "Sessions of today and tomorrow\n",
        "* Session 1 of 4",
        "* Monday, October 19, 2020, 4:00 – 6:00 PM, New York time (EDT)",
        "* 41 have a seat",
        "* Join links: 1 failed, 40 to be sent",
    ]
    places = [letter.text.replace("\n  ", " ").find(one) for one in order]
    assert -1 not in places
    assert places == sorted(places)
    assert "2 task" in letter_of(sample_post(DIGEST), SENDER).html
    mail = mail_of(sample_post(AT_ONCE), SENDER)
    assert str(mail["From"]) == "Holdfast <courses@praxis.example>"
    assert str(mail["To"]) == "staff@praxis.example"


@pytest.mark.parametrize("template", sorted(LETTERS))
def test_staff_are_written_to_in_their_language(template: str) -> None:
    english = letter_of(sample_post(template), SENDER)
    for locale in ("de-DE", "es-ES"):
        letter = letter_of(sample_post(template, "Europe/Berlin", locale), SENDER)
        assert letter.subject != english.subject
        assert f'lang="{locale[:2]}"' in letter.html
        assert "tasks need" not in letter.text


def test_settings_that_are_none_are_refused_at_the_start() -> None:
    good = {"database_url": "postgresql://x", "platform_secret": "a secret of the tests"}
    Settings(**good, staff_addresses="a@b.example, c@d.example", digest_days="mon,fri")
    for wrong in (
        {"staff_addresses": "nobody"},
        {"staff_zone": "Mars/Olympus"},
        {"digest_days": "mon,frday"},
        {"digest_hour": 12},
    ):
        with pytest.raises(ValueError, match=r"staff_|digest_"):
            Settings(**good, **wrong)
