"""Links once more: mailed to the address they belong to; or made anew, and the old ones dead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.registration.commands.access import by, owned
from services.registration.commands.persons import merged_of
from services.registration.commands.saying import say_link_requested
from services.registration.commands.steps import keep_words, note
from services.registration.domain.same_person import email_key
from services.registration.models import Person, Registration
from shared.contracts.registration import Together
from shared.runtime.caller import Caller
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, where
from shared.runtime.work import Work

PEOPLE = "mail_links"
THEIRS = "mail_links_of"


@dataclass(frozen=True)
class MailLinks:
    """Somebody asks for whatever belongs to an address."""

    email: str


async def mail_links(work: Work, c: MailLinks) -> None:
    """Note that it was asked, whether the address is known or not: so the answer takes the same
    time for both, and an office of 500 is walked, not written in one transaction. The address is
    kept with the deadline, which is gone when it is done."""
    asked = {"email_key": email_key(c.email)}
    work.plan_due(PEOPLE, work.new_id("request"), work.now, payload=asked)


def people_at(due: Due) -> Query[Person]:
    """Everybody recorded under the address."""
    return where(Person, email_key=due.payload["email_key"])


def _links_needs(due: Due) -> Plan:
    [person] = yield [(Person, due.payload["person_id"])]
    if person is None:
        return []
    survivor = person.merged_into or person.person_id
    _, others = yield [(Person, survivor), merged_of(survivor)]
    yield [where(Registration, person_id=one) for one in (survivor, *_ids(others))]
    return []


@needs(_links_needs)
async def links_of(work: Work, due: Due) -> None:
    """Go over the registrations of one person, under all ids that were merged into theirs.

    They are mailed to the address recorded now, which is the survivor's, all in one mail: so how
    many they are is said with each.
    """
    person = work.get(Person, due.payload["person_id"])
    if person is None:
        return
    survivor = person.merged_into or person.person_id
    head = work.get(Person, survivor)
    if person.merged_into and head is not None and head.email_key == person.email_key:
        return  # the survivor's own row does it
    ids = (survivor, *_ids(work.find(merged_of(survivor))))
    number = sum(len(work.find(where(Registration, person_id=one))) for one in ids)
    for one in ids:
        payload = {
            "person_id": one,
            "request_id": due.payload["of"],
            "together": {"person_id": survivor, "number": number},
        }
        work.plan_due(THEIRS, f"{due.payload['of']}/{one}", work.now, payload=payload)


def _ids(people: Iterable[Person]) -> list[str]:
    return [one.person_id for one in people]


def registrations_of(due: Due) -> Query[Registration]:
    """All of one person, whatever became of them."""
    return where(Registration, person_id=due.payload["person_id"])


@needs(lambda due: [(Registration, due.payload["registration_id"])])
async def mail_one(work: Work, due: Due) -> None:
    """Ask for one registration to be mailed; all of one asking share the request's id."""
    row = work.get(Registration, due.payload["registration_id"])
    if row is not None:
        noted = note(work, row, "links", by="nobody")
        together = due.payload.get("together")  # a deadline of before may have none
        say_link_requested(
            work,
            noted,
            due.payload["request_id"],
            Together(**together) if together else None,
        )


@dataclass(frozen=True)
class Renew:
    """The links of a registration got into other hands."""

    registration_id: str
    caller: Caller
    reason: str = ""


@needs(lambda c: [(Registration, c.registration_id)])
async def renew(work: Work, c: Renew) -> Registration:
    """New links are mailed, and say their version: with it all earlier ones are dead everywhere."""
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    version = row.token_version + 1
    noted = note(work, row, "links-renewed", by=by(c.caller), token_version=version)
    keep_words(work, noted, {"reason": c.reason}, c.caller, row.person_id)
    work.audit("links.renewed", row.registration_id)
    say_link_requested(work, noted, work.new_id("request"))
    return noted
