"""A joint sponsor's settlement statement: who came, what they got, and the share that is due."""

import csv
import io
from itertools import permutations
from typing import Any

import pytest

from shared.contracts.attendance import AttendanceSettled
from shared.contracts.certificates import (
    CertificateIssued,
    CertificateRevoked,
    CertificateSuperseded,
)
from shared.contracts.partners import KeyIssued
from shared.contracts.registration import RegistrationSubstituted
from shared.runtime.tokens import digest_of
from tests.edges.billing.conftest import (
    COURSE,
    World,
    cancelled,
    confirmed,
    course,
    of,
    requested,
    token,
    usd,
)
from tests.edges.billing.test_provider_cancels import was_held

SPONSOR = {"name": "Institute for Better Health, Inc", "partner_id": "ibh"}
PATH = f"/billing/v1/courses/{COURSE}/settlement-statement"
OURS, THEIRS = "hf_test_key-of-ibh", "hf_test_key-of-another"


async def sponsored(world: World, version: int = 2, **share: Any) -> None:
    sponsor = SPONSOR | {"share": share} if share else SPONSOR
    await world.hears(course(version, joint_sponsor=sponsor))


async def statement(world: World, key: str | None = None) -> Any:
    async with world.client(key) as client:
        answer = await (client if key else world.http).get(PATH)
    assert answer.status_code == 200, answer.text
    return answer.json()


def came(name: str, session_id: str = "s1", version: int = 1, *, present: bool = True) -> Any:
    about = {"session_id": session_id, "present": present, "evidence_version": version}
    return of(AttendanceSettled, name, course_id=COURSE, **about)


def issued(name: str, identity: str, **more: Any) -> Any:
    return of(CertificateIssued, name, course_id=COURSE, certificate_id=identity, **more)


@pytest.fixture
async def course_held(world: World) -> World:
    """Ada and Ben pay 199.00 and come to a session that is held; Dan pays and cancels early."""
    await sponsored(world)
    await world.hears(*[requested(name) for name in ("ada", "ben", "dan")])
    for name in ("ada", "ben", "dan"):
        await world.pays(name)
    await world.hears(*[confirmed(name) for name in ("ada", "ben", "dan")])
    await world.at("2020-10-02T12:00:00Z")
    await world.hears(cancelled("dan", "2020-10-02T12:00:00Z"))
    await world.rests()
    await world.at("2020-10-19T22:15:00Z")
    await world.hears(was_held("s1"), came("ada"), came("ben"), came("dan", present=False))
    await world.rests()
    await world.hears(
        issued("ada", "c1", board="NBCC"), issued("ada", "c2", board="STATE"),
        issued("ben", "c3", board="NBCC"), issued("ben", "c4", board=None),
    )  # fmt: skip
    return world


async def test_it_counts_who_came_what_they_got_and_what_moved(course_held: World) -> None:
    told = await statement(course_held)
    assert (told["course_id"], told["partner_id"], told["attendees"]) == (COURSE, "ibh", 2)
    assert told["as_of"] == "2020-10-19T22:15:00Z"
    assert told["certificates"] == [
        {"board": "NBCC", "certificates": 2},
        {"board": "STATE", "certificates": 1},
        {"board": None, "certificates": 1},
    ]
    [money] = told["turnover"]
    assert money == {
        "currency": "USD",
        "collected": usd(59700),
        "refunded": usd(16900),
        "redeemed": usd(0),
        "earned": usd(9950),  # a quarter of 199.00 with each of two
        "parts": [],
        "share_due": usd(0),
    }


@pytest.mark.parametrize(
    ("share", "parts", "due"),
    [
        ({"percent": "30"}, [("percent_of_earned", 2985)], 2985),  # of 99.50
        (
            {"percent": "30", "of": "collected"},
            [("percent_of_collected", 12840)],  # of 597.00 − 169.00
            12840,
        ),
        ({"per_attendee": usd(1000)}, [("per_attendee", 2000)], 2000),
        ({"per_certificate": usd(250)}, [("per_certificate", 1000)], 1000),
        (
            {"percent": "10", "per_attendee": usd(1000), "per_certificate": usd(250)},
            [("percent_of_earned", 995), ("per_attendee", 2000), ("per_certificate", 1000)],
            3995,
        ),
    ],
)
async def test_the_share_is_what_the_course_s_file_agrees_on(
    course_held: World, share: dict[str, Any], parts: list[Any], due: int
) -> None:
    await sponsored(course_held, 3, **share)
    [money] = (await statement(course_held))["turnover"]
    assert [(part["what"], part["amount"]["amount"]) for part in money["parts"]] == parts
    assert money["share_due"] == usd(due)


async def test_amounts_a_head_are_due_also_where_the_course_is_free(world: World) -> None:
    await sponsored(world, per_attendee=usd(1000))
    await world.hears(requested("ada", price=usd(0), payment_method="free"), came("ada"))
    [money] = (await statement(world))["turnover"]
    assert (money["collected"], money["share_due"]) == (usd(0), usd(1000))


async def test_the_newest_evidence_counts_in_whatever_order_it_comes(world: World) -> None:
    await sponsored(world)
    first, second = came("ada"), came("ada", version=2, present=False)
    await world.hears(second, first, first)
    assert (await statement(world))["attendees"] == 0
    await world.hears(came("ada", version=3))
    assert (await statement(world))["attendees"] == 1
    await world.hears(came("ada", "s2"), came("ada", "s3"))
    assert (await statement(world))["attendees"] == 1  # nobody counts twice


async def test_certificates_that_ended_do_not_count_in_whatever_order_it_is_heard(
    world: World,
) -> None:
    await sponsored(world)
    await world.hears(issued("ben", "c9", board="NBCC"))
    for number, order in enumerate(permutations(range(4))):
        first, second = f"first-{number}", f"second-{number}"
        about = {"course_id": COURSE, "board": "NBCC"}
        facts = [
            issued("ada", first, board="NBCC"),
            issued("ada", second, board="NBCC", supersedes=first),
            of(CertificateSuperseded, "ada", **about, certificate_id=first, superseded_by=second),
            of(CertificateRevoked, "ada", **about, certificate_id=second),
        ]
        for place in order:
            await world.hears(facts[place], facts[place])
        told = (await statement(world))["certificates"]
        assert told == [{"board": "NBCC", "certificates": 1}], order


async def test_a_presenters_certificate_is_no_attendees(course_held: World) -> None:
    before = (await statement(course_held))["certificates"]
    await course_held.hears(issued("pat", "c5", board=None, unit="hours", kind="presenter"))
    assert (await statement(course_held))["certificates"] == before


@pytest.mark.parametrize("seen_first", [False, True])
async def test_who_teaches_is_no_attendee(world: World, seen_first: bool) -> None:
    """Decision 68: presenters are seen in each session. Moderators and staff attend it."""
    await sponsored(world, per_attendee=usd(1000))
    free = {"price": usd(0), "payment_method": "free"}
    asked = [
        requested("pat", role="presenter", **free),
        requested("mo", role="moderator", **free),
        requested("sam", role="staff", **free),
        requested("ada"),
    ]
    seen = [came(name, session) for name in ("pat", "mo", "sam", "ada") for session in ("s1", "s2")]
    await world.hears(*seen, *asked) if seen_first else await world.hears(*asked, *seen)
    told = await statement(world)
    assert (told["attendees"], told["turnover"][0]["share_due"]) == (3, usd(3000))


async def test_who_presented_and_attended_by_another_registration_counts_once(
    world: World,
) -> None:
    await sponsored(world)
    person = {"person_id": "p-pat"}
    await world.hears(
        requested("pat-presents", role="presenter", price=usd(0), payment_method="free", **person),
        requested("pat-learns", **person),
        came("pat-presents"),
    )
    assert (await statement(world))["attendees"] == 0
    await world.hears(came("pat-learns", "s2"))
    assert (await statement(world))["attendees"] == 1


async def test_a_role_is_the_registrations_whoever_comes_instead_has_it(world: World) -> None:
    await sponsored(world)
    await world.hears(
        requested("pat", role="presenter", price=usd(0), payment_method="free"),
        of(RegistrationSubstituted, "pat", person_id="p-lee", token_version=2),
        came("pat"),
        requested("pat"),  # a role is said once, with the first: no other word takes it back
    )
    assert (await statement(world))["attendees"] == 0


async def test_who_presents_no_more_and_registers_anew_is_an_attendee(world: World) -> None:
    """A role does not change: it ends with its registration."""
    await sponsored(world)
    await world.hears(
        requested("pat", role="presenter", price=usd(0), payment_method="free"),
        cancelled("pat", "2020-10-02T12:00:00Z"),
        requested("pat-again"),
        came("pat-again"),
    )
    assert (await statement(world))["attendees"] == 1


async def test_what_moved_to_another_course_is_no_longer_collected_here(
    course_held: World,
) -> None:
    """By the ledger's own entries of a move: cash leaves here, and comes in there."""
    await course_held.rows(
        "INSERT INTO ledger_transactions VALUES ('m', 'ada', 'transferred', 'x', $1, $1)",
        course_held.clock.now(),
    )
    await course_held.rows(
        "INSERT INTO ledger_entries VALUES ('m', 1, 'ada', 'deferred_revenue', 900, 'USD'),"
        " ('m', 2, 'ada', 'cash:gateway', -900, 'USD')"
    )
    [money] = (await statement(course_held))["turnover"]
    assert (money["collected"], money["refunded"]) == (usd(58800), usd(16900))
    await course_held.rows(
        "INSERT INTO ledger_transactions VALUES ('n', 'ada', 'captured', 'x', $1, $1)",
        course_held.clock.now(),
    )
    await course_held.rows(
        "INSERT INTO ledger_entries VALUES ('n', 1, 'ada', 'deferred_revenue', -900, 'USD'),"
        " ('n', 2, 'ada', 'cash:gateway', 900, 'USD')"
    )


async def test_it_is_given_as_a_table(course_held: World) -> None:
    await sponsored(course_held, 3, percent="30", per_attendee=usd(1000))
    answer = await course_held.http.get(f"{PATH}?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = [tuple(row) for row in csv.reader(io.StringIO(answer.text))]
    assert rows[0] == ("what", "of", "count", "amount", "currency")
    assert ("certificates", "participation", "1", "", "") in rows
    assert rows[-3:] == [
        ("percent_of_earned", "30%", "", "29.85", "USD"),
        ("per_attendee", "", "2", "20.00", "USD"),
        ("share_due", "", "", "49.85", "USD"),
    ]


async def test_it_names_nobody(course_held: World) -> None:
    answer = await course_held.http.get(PATH)
    for name in ("ada", "ben", "dan"):
        assert name not in answer.text.replace("standard", "")


async def test_the_sponsor_of_the_course_sees_it_and_no_other_partner(course_held: World) -> None:
    for number, (key, scope) in enumerate(((OURS, "partner:ibh"), (THEIRS, "partner:another"))):
        about = {"key_id": f"k{number}", "hash": digest_of(key), "scopes": [scope]}
        await course_held.hears(KeyIssued.model_validate(KeyIssued.example | about))
    assert (await statement(course_held, OURS))["attendees"] == 2
    async with course_held.client(THEIRS) as other:
        refused = await other.get(PATH)
        assert (refused.status_code, refused.json()["type"]) == (
            403,
            "/problems/course-of-another",
        )
        assert (await other.get(PATH.replace(COURSE, "ghost"))).status_code == 403
    async with course_held.client(token("ada")) as learner:
        assert (await learner.get(PATH)).status_code == 403
    async with course_held.client() as nobody:
        assert (await nobody.get(PATH)).status_code == 401


async def test_no_partner_sees_a_course_without_a_joint_sponsor(world: World) -> None:
    await world.hears(course())
    about = {"key_id": "k", "hash": digest_of(OURS), "scopes": ["partner:ibh"]}
    await world.hears(KeyIssued.model_validate(KeyIssued.example | about))
    async with world.client(OURS) as partner:
        assert (await partner.get(PATH)).status_code == 403
    assert (await statement(world))["partner_id"] is None
    assert (await world.http.get(PATH.replace(COURSE, "ghost"))).status_code == 404
