"""Post-tests: staff keep the item bank, learners take the test (domain.md §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.certificates.commands.choices import heard
from services.certificates.commands.decide import around, decide_again
from services.certificates.commands.knowledge import facts_of
from services.certificates.commands.learner import known
from services.certificates.domain.facts import Facts
from services.certificates.domain.post_tests import Item, check_bank, mark, percent_of
from services.certificates.domain.sitting import Sitting, sitting
from services.certificates.models import Attempt, Course, ItemBank, Person, Registration
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


class BankAnswered(Conflict):
    """Somebody has taken this version of the test: what they passed is not changed afterwards."""

    slug = "post-test-answered"


class NoPostTest(NotFound):
    """No board asks this learner for a test, or its items are not there yet."""

    slug = "post-test-unknown"


class PostTestClosed(Conflict):
    """It cannot be taken (yet, or any more); the detail says why."""

    slug = "post-test-closed"


class PostTestOutdated(Conflict):
    """Another version of the test is the one to take; `version` says which."""

    slug = "post-test-outdated"


@dataclass(frozen=True)
class PutBank:
    """One version of a course's test."""

    course_id: str
    version: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Take:
    """Answers by item id: the place of the choice, from 0."""

    registration_id: str
    version: int
    answers: Mapping[str, int]
    received_at: datetime


@needs(lambda c: [(Course, c.course_id), (ItemBank, (c.course_id, c.version))])
async def put_bank(work: Work, c: PutBank) -> tuple[bool, ItemBank]:
    """Keep a version of the item bank; (whether it is new, the bank).

    Raises NotFound, Invalid with every fault, BankAnswered once somebody has taken it.
    """
    if work.get(Course, c.course_id) is None:
        raise NotFound("course-unknown", "There is no such course.")
    check_bank(c.items)
    items = [_said(item) for item in c.items]
    before = work.get(ItemBank, (c.course_id, c.version))
    if before is not None and before.items == items:
        return False, before
    if before is not None and before.used:
        raise BankAnswered(
            f"Version {c.version} has been taken by somebody. Put the changed test as version "
            f"{c.version + 1}, and publish the course with it."
        )
    bank = ItemBank(course_id=c.course_id, version=c.version, items=items)
    work.put(bank)
    work.audit("post-test.put", f"{c.course_id}/{c.version}")
    return before is None, bank


def _to_take(c: Take) -> Plan:
    [reg] = yield [(Registration, c.registration_id)]
    if reg is None:
        return [(Registration, c.registration_id)]
    return [
        *around(reg.registration_id, reg.course_id, reg.person_id),
        (ItemBank, (reg.course_id, c.version)),
    ]


@needs(_to_take)
async def take(work: Work, c: Take) -> tuple[Attempt, Sitting]:
    """Take the test once: the score is kept, the answers are not; (the attempt, how it stands now).

    Raises NotFound, CourseNotHeard, NoPostTest, PostTestClosed, PostTestOutdated, Invalid. What was
    refused is no attempt.
    """
    reg = known(work, c.registration_id)
    heard(work, reg)
    before = _sitting(work, reg, c.received_at)
    if before.closed:
        raise PostTestClosed(before.closed)
    if before.version != c.version:
        raise PostTestOutdated("The test has changed meanwhile.", version=before.version)
    bank = work.get(ItemBank, (reg.course_id, c.version))
    if bank is None:
        raise NoPostTest("The provider has not put the test in place yet. Come again later.")
    items = items_of(bank)
    correct = mark(items, c.answers)
    percent = percent_of(correct, len(items))
    asking = [one for one in before.boards if one.test.version == c.version]
    attempt = Attempt(
        attempt_id=work.new_id("attempt"),
        registration_id=reg.registration_id,
        course_id=reg.course_id,
        person_id=reg.person_id,
        version=c.version,
        correct=correct,
        items=len(items),
        percent=percent,
        passed=sorted(one.board for one in asking if percent >= one.test.pass_percent),
        taken_at=c.received_at,
    )
    work.put(attempt)
    if not bank.used:
        work.put(replace(bank, used=True))
    reg = replace(reg, post_tests=_with(reg, attempt))
    work.put(reg)
    decide_again(work, reg)
    return attempt, _sitting(work, reg, c.received_at)


def items_of(bank: ItemBank) -> list[Item]:
    """The items of a bank, with what is right."""
    return [
        Item(one["item_id"], one["text"], tuple(one["choices"]), one["right"]) for one in bank.items
    ]


def _said(item: Item) -> dict[str, Any]:
    return {
        "item_id": item.item_id,
        "text": item.text,
        "choices": list(item.choices),
        "right": item.right,
    }


def _sitting(work: Work, reg: Registration, now: datetime) -> Sitting:
    found = sitting(_facts(work, reg), now)
    if found is None:
        raise NoPostTest("No board of this course asks you for a post-test.")
    return found


def _facts(work: Work, reg: Registration) -> Facts:
    return facts_of(reg, work.get(Course, reg.course_id), work.get(Person, reg.person_id), ())


def _with(reg: Registration, attempt: Attempt) -> dict[str, dict[str, Any]]:
    theirs = reg.post_tests.get(reg.person_id, {})
    before = theirs.get(str(attempt.version), {"attempts": 0, "best": 0, "passed": []})
    now = {
        "attempts": before["attempts"] + 1,
        "best": max(before["best"], attempt.percent),
        "passed": sorted({*before["passed"], *attempt.passed}),
    }
    return {**reg.post_tests, reg.person_id: {**theirs, str(attempt.version): now}}
