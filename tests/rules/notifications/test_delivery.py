"""What a mail server's answer means, and what never changes of a message."""

from datetime import timedelta

import pytest

from services.notifications.domain.delivery import retry_after, verdict
from services.notifications.domain.invitation import Entry, next_entry
from services.notifications.domain.keys import calendar_uid, dedup_key, message_id
from tests.rules.notifications.stories import at

ANSWERS = [
    # stage, code, text, again, reason, suppress
    ("recipient", 450, "4.2.1 greylisted", True, "deferred", False),
    ("data", 421, "closing", True, "deferred", False),
    ("data", 452, "4.2.2 over quota", True, "deferred", False),
    ("recipient", 550, "5.1.1 no such user", False, "bounced", True),
    ("recipient", 550, "no such user", False, "bounced", True),
    ("recipient", 554, "5.7.1 relay denied", True, "deferred", False),
    ("recipient", 550, "relay not permitted", True, "deferred", False),
    ("recipient", 530, "5.7.0 Authentication required", True, "deferred", False),
    ("recipient", 550, "5.1.1 <relay@x.example>: no such user", False, "bounced", True),
    ("recipient", 550, "5.7.1 Recipient address rejected: user unknown", False, "bounced", True),
    ("recipient", 550, "5.2.1 mailbox disabled", False, "bounced", True),
    ("recipient", 550, "5.2.2 mailbox full", False, "refused", False),
    ("recipient", 552, "exceeded storage allocation", False, "refused", False),
    ("recipient", 550, "over quota", False, "refused", False),
    (
        "recipient",
        554,
        "Client host [192.0.2.1] blocked, see dnsbl.example",
        False,
        "refused",
        False,
    ),
    ("recipient", 550, "rejected: sender is on a blacklist", False, "refused", False),
    ("recipient", 550, "go away", False, "bounced", True),
    ("data", 550, "content not accepted", False, "refused", False),
    ("data", 552, "5.3.4 message too big", False, "refused", False),
    ("data", 550, "5.1.1 no such user", False, "bounced", True),
    ("data", 550, "mailbox gone", False, "bounced", True),
    ("data", 554, "5.6.0 message rejected", False, "refused", False),
    ("data", 554, "looks like spam", False, "refused", False),
    ("sender", 550, "5.1.8 bad sender", True, "deferred", False),
    ("connect", 554, "no service here", True, "deferred", False),
]


@pytest.mark.parametrize(("stage", "code", "text", "again", "reason", "suppress"), ANSWERS)
def test_an_answer_means(stage, code, text, again, reason, suppress) -> None:
    found = verdict(stage, code, text)
    assert (found.again, found.reason, found.suppress) == (again, reason, suppress)


def test_the_pauses_grow_and_end_after_about_two_days() -> None:
    pauses: list[timedelta] = []
    while (pause := retry_after(len(pauses) + 1)) is not None:
        pauses.append(pause)
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(minutes=1)
    assert timedelta(days=2) < sum(pauses, timedelta()) < timedelta(days=3)


def test_the_same_message_has_the_same_id_for_ever() -> None:
    key = dedup_key("r1", "p1", "join_1h", "s2", 1)
    assert key == "r1/p1/join_1h/s2/1"
    assert message_id(key) == "71730934-0334-5cfd-84f9-e605fd9c8e5b"
    assert message_id(dedup_key("r1", "p1", "join_1h", "s2", 2)) != message_id(key)


def test_a_calendar_entry_keeps_its_uid_whoever_comes() -> None:
    assert calendar_uid("r1", "s1") == "765fb61a-ec96-55fc-a3b4-794b73c31904@holdfast"


def test_the_sequence_rises_only_when_the_session_moves() -> None:
    start, end = at("2020-10-26T20:00Z"), at("2020-10-26T22:00Z")
    first = next_entry(None, start, end)
    assert first == Entry(0, start, end)
    assert next_entry(first, start, end).sequence == 0
    moved = next_entry(first, at("2020-10-27T20:00Z"), at("2020-10-27T22:00Z"))
    assert moved.sequence == 1
    assert next_entry(moved, start, end).sequence == 2


def test_the_sequence_rises_with_another_room_too() -> None:
    start, end = at("2020-10-26T20:00Z"), at("2020-10-26T22:00Z")
    first = next_entry(None, start, end, "Hall 1")
    assert next_entry(first, start, end, "Hall 1").sequence == 0
    assert next_entry(first, start, end, "Hall 2") == Entry(1, start, end, place="Hall 2")
