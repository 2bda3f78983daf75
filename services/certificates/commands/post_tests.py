"""Learners take a post-test (domain.md §6); its items are kept by `banks`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.certificates.commands.banks import items_of
from services.certificates.commands.choices import heard
from services.certificates.commands.decide import around, decide_again
from services.certificates.commands.knowledge import facts_of
from services.certificates.commands.learner import check_kept, known
from services.certificates.domain.facts import Facts
from services.certificates.domain.post_tests import digest_of, mark, percent_of
from services.certificates.domain.sitting import Sitting, sitting
from services.certificates.models import Attempt, Course, ItemBank, Person, Registration
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


class NoPostTest(NotFound):
    """No board asks this learner for a test, or its items are not there yet."""

    slug = "post-test-unknown"


class PostTestClosed(Conflict):
    """It cannot be taken (yet, or any more); the detail says why."""

    slug = "post-test-closed"


class PostTestOutdated(Conflict):
    """Other items than those that were read are the ones to answer; `version` says which."""

    slug = "post-test-outdated"


@dataclass(frozen=True)
class Take:
    """Answers by item id: the place of the choice, from 0; `digest` names the items that were read,
    if that was said (`domain.post_tests.digest_of`)."""

    registration_id: str
    version: int
    answers: Mapping[str, int]
    received_at: datetime
    digest: str | None = None


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

    Raises NotFound, CourseNotHeard, Erased, EvidenceEnded, NoPostTest, PostTestClosed,
    PostTestOutdated, Invalid. What was refused is no attempt.
    """
    reg = known(work, c.registration_id)
    heard(work, reg)
    check_kept(work, reg)
    before = _sitting(work, reg, c.received_at)
    if before.closed:
        raise PostTestClosed(before.closed)
    if before.version != c.version:
        raise PostTestOutdated("The test has changed meanwhile.", version=before.version)
    bank = work.get(ItemBank, (reg.course_id, c.version))
    if bank is None:
        raise NoPostTest("The provider has not put the test in place yet. Come again later.")
    items = items_of(bank)
    if c.digest not in (None, digest_of(items)):
        raise PostTestOutdated("The test has changed meanwhile.", version=before.version)
    correct = mark(items, c.answers)
    percent = percent_of(correct, len(items))
    mine = [one for one in before.boards if one.test.version == c.version]
    asking = [one for one in mine if one.left != 0]  # another board may allow more than this one
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


def _sitting(work: Work, reg: Registration, now: datetime) -> Sitting:
    found = sitting(_facts(work, reg), now)
    if found is None:
        raise NoPostTest("No board of this course asks you for a post-test.")
    return found


def _facts(work: Work, reg: Registration) -> Facts:
    return facts_of(reg, work.get(Course, reg.course_id), work.get(Person, reg.person_id), ())


def _with(reg: Registration, attempt: Attempt) -> dict[str, dict[str, Any]]:
    theirs = reg.post_tests.get(reg.person_id, {})
    before = theirs.get(str(attempt.version), {"attempts": 0, "rises": [], "passed": []})
    which, rises = before["attempts"] + 1, before["rises"]
    if not rises or rises[-1][1] < attempt.percent:
        rises = [*rises, [which, attempt.percent]]
    now = {
        "attempts": which,
        "rises": rises,
        "passed": sorted({*before["passed"], *attempt.passed}),
    }
    return {**reg.post_tests, reg.person_id: {**theirs, str(attempt.version): now}}
