"""Moved to another course: told what becomes of the money; the sessions leave the calendar."""

from shared.contracts.billing import CancellationSettled
from shared.contracts.registration import RegistrationRequested, RegistrationTransferred
from tests.edges.notifications.conftest import World, course, of, words
from tests.edges.notifications.test_substituted import ADA, PAID, WHEN, entries, sent


async def test_whoever_is_moved_is_told_and_the_old_sessions_leave_the_calendar(
    world: World,
) -> None:
    await world.hears(course(), ADA, *PAID)
    await world.at(WHEN)
    [(confirmed, _)] = sent(world, "You have a seat")
    nothing, moved = ({"amount": amount, "currency": "USD"} for amount in (0, 19900))
    to = {"to_registration_id": "new", "to_course_id": "there"}
    settled = of(
        CancellationSettled,
        cause="transferred",
        fee=nothing,
        refunds=[],
        moved=moved,
        **to,
    )
    await world.hears(settled, of(RegistrationTransferred, **to))
    await world.rests()
    [(mail, _)] = sent(world, "Moved")
    assert "$199.00 of what you paid is for your new course." in " ".join(words(mail).split())
    before, after = entries(confirmed), entries(mail)
    assert [uid for _, uid, _, _ in after] == [uid for _, uid, _, _ in before]
    assert {(method, n, status) for method, _, n, status in after} == {("CANCEL", 1, "CANCELLED")}
    before_that = len(world.post.mails)
    await world.at("2020-11-10T12:00:00Z")
    assert len(world.post.mails) == before_that, "nothing more of a course that is somebody else's"


async def test_who_holds_a_seat_to_move_to_is_asked_for_the_difference(world: World) -> None:
    """249.00, of which the 199.00 of the other course are paid."""
    price, was = ({"amount": amount, "currency": "USD"} for amount in (24900, 19900))
    held = of(RegistrationRequested, price=price, transferred_from="old", transferred_price=was)
    await world.hears(course(), ADA, held)
    await world.rests()
    [(mail, _)] = sent(world, "We have your registration")
    said = " ".join(words(mail).split())
    assert "The seat is yours once $50.00 is paid" in said
    assert "Pay $50.00" in said
    assert "Pay $249.00" not in said
    assert "The seat in your old course stays yours until then." in said
