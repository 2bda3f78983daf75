"""The item banks of post-tests, kept by staff: a version by the course, unchanged once taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.certificates.commands.reminding import last_end
from services.certificates.domain.post_tests import Item, check_bank
from services.certificates.models import Course, ItemBank
from shared.errors import Conflict, NotFound
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import where
from shared.runtime.tables import Task
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

LOOK = "look_at_post_tests"  # a deadline, by course
MISSING = "post-test-missing"  # a task, by course and version


class BankAnswered(Conflict):
    """Somebody has taken this version of the test: what they passed is not changed afterwards."""

    slug = "post-test-answered"


@dataclass(frozen=True)
class PutBank:
    """One version of a course's test."""

    course_id: str
    version: int
    items: tuple[Item, ...]


@needs(
    lambda c: [
        (Course, c.course_id),
        (ItemBank, (c.course_id, c.version)),
        task_key(MISSING, _ref(c.course_id, c.version)),
    ]
)
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
    work.close_task(MISSING, _ref(c.course_id, c.version), "put in place")
    work.audit("post-test.put", f"{c.course_id}/{c.version}")
    return before is None, bank


def items_of(bank: ItemBank) -> list[Item]:
    """The items of a bank, with what is right."""
    return [
        Item(one["item_id"], one["text"], tuple(one["choices"]), one["right"]) for one in bank.items
    ]


# --- boards that ask for a test which nobody has written ------------------------------------------


def plan_look(work: Work, before: Course, after: Course) -> None:
    """A course was heard of: look whether the tests its boards ask for are there."""
    if _asked(before) or _asked(after):
        work.plan_due(LOOK, after.course_id, work.now)


def _asked(course: Course) -> set[int]:
    """The versions that boards ask for, unless the course is cancelled."""
    if course.document.get("status") == "cancelled":
        return set()
    tests = [board["post_test"] for board in course.document.get("boards", [])]
    return {test["version"] for test in tests if test}


def _of_course(due: Due) -> Plan:
    [course] = yield [(Course, due.ref)]
    refs = [_ref(due.ref, version) for version in sorted(_asked(course))] if course else []
    return [
        (Course, due.ref),
        where(ItemBank, course_id=due.ref),
        where(Task, kind=MISSING, scope=due.ref),
        *(task_key(MISSING, ref) for ref in refs),
    ]


@needs(_of_course)
async def look(work: Work, due: Due) -> None:
    """Ask staff for each version that is asked for and not there; and for no other any more."""
    course = work.get(Course, due.ref)
    if course is None:
        return
    there = {bank.version for bank in work.find(where(ItemBank, course_id=due.ref))}
    lacking = {_ref(due.ref, version): version for version in sorted(_asked(course) - there)}
    for task in work.find(where(Task, kind=MISSING, scope=due.ref)):
        if task.closed_at is None and task.ref not in lacking:
            work.close_task(MISSING, task.ref, "not asked for")
    for ref, version in lacking.items():
        what = (
            f"A board of this course asks for version {version} of a post-test, and its items are "
            "not there. Put them in place before the course ends: until then nobody can take it."
        )
        about = {"course_id": due.ref, "version": str(version)}
        work.open_task(MISSING, ref, what, about, last_end(course), scope=due.ref)


def _ref(course_id: str, version: int) -> str:
    return f"{course_id}/{version}"


def _said(item: Item) -> dict[str, Any]:
    return {
        "item_id": item.item_id,
        "text": item.text,
        "choices": list(item.choices),
        "right": item.right,
    }
