"""The provider cancels a course half-way: what was held may earn, unless the money goes back."""

from shared.contracts import registration
from shared.contracts.event import Event
from tests.edges.certificates.facts import (
    BOARDS,
    cancellation_settled,
    cancelled,
    completed,
    course,
    person,
    registered,
    settled,
)

WHO = "Gus Wold"
WHEN = "2020-10-26T22:05:00Z"  # s2 has ended, its report is still to come


def gone() -> Event:
    said = course(version=2).model_dump(mode="json") | {
        "status": "cancelled",
        "cancelled_at": WHEN,
        "choose_until": None,
    }
    return registration.CourseCancelled.model_validate(said)


def by_provider() -> Event:
    return cancelled(WHO, WHEN, by="provider", reason="course-cancelled", prefer="refund")


async def half_way(world, basis: str = "paid") -> None:
    await world.hears(course(), person(WHO, "nurse"), *registered(WHO, basis))
    await world.hears(settled(WHO, "s1"), completed("s1"), gone())
    await world.hears(settled(WHO, "s2"), completed("s2"))
    await world.swept()
    await world.evaluates(WHO)


async def test_where_nothing_was_paid_the_sessions_held_are_every_session(world):
    await half_way(world, basis="free")
    await world.hears(by_provider(), cancellation_settled(WHO, "nothing"))
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert (issued["board"], issued["credits"]) == ("ANCC", "4.0")


async def test_all_or_nothing_is_all_that_was_held(world):
    strict = [{**board, "mode": "ALL_OR_NOTHING"} for board in BOARDS if board["board"] == "ANCC"]
    said = gone().model_dump(mode="json") | {"boards": strict}
    await world.hears(course(boards=strict), person(WHO, "nurse"), *registered(WHO, "free"))
    await world.hears(settled(WHO, "s1"), completed("s1"), settled(WHO, "s2"), completed("s2"))
    await world.hears(registration.CourseCancelled.model_validate(said))
    await world.swept()
    await world.evaluates(WHO)
    await world.hears(by_provider(), cancellation_settled(WHO, "nothing"))
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert issued["board"] == "ANCC"


async def test_while_one_may_still_choose_there_is_no_award_and_none_after_the_money(world):
    await half_way(world)
    await world.rests()
    assert await world.said("certificate.issued") == []
    [nurse] = [a for a in (await world.shown(WHO))["awards"] if a["board"] == "ANCC"]
    assert [u["condition"] for u in nurse["unmet"]] == ["not_cancelled"]
    await world.hears(by_provider(), cancellation_settled(WHO, "refund"))
    await world.rests()
    assert await world.said("certificate.issued") == []
    assert await world.said("award.granted") == []


async def test_before_it_began_what_is_kept_ends_as_if_it_had_been_held(world):
    await world.hears(course(), person(WHO, "nurse"), *registered(WHO))
    said = gone().model_dump(mode="json") | {"cancelled_at": "2020-10-01T12:00:00Z"}
    await world.hears(registration.CourseCancelled.model_validate(said))
    disclosed = "SELECT count(*) FROM registrations WHERE disclosures <> '{}'"
    await world.at("2027-11-10T04:59:59Z")
    assert await world.value(disclosed) == 1
    await world.at("2027-11-10T05:00:00Z")
    assert await world.value(disclosed) == 0
    audited = await world.rows("SELECT act FROM audit WHERE act LIKE 'evidence.%' ORDER BY id")
    assert [one["act"] for one in audited] == ["evidence.ended", "evidence.erased"]
