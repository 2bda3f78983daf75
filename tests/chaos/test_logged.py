"""What is held against the log: a thing of which people were told, said nowhere or twice, is found."""

from tests.chaos.ledger import Entry, Ledger
from tests.chaos.logged import Heard, findings, repeated
from tests.chaos.waiting import Waiting


def ledger(**told: bool | str) -> Ledger:
    made = Ledger()
    made.keep(Entry("r1", "long", "a@learners.example", **told))  # type: ignore[arg-type]
    return made


def heard(*types: str) -> list[Heard]:
    return [Heard(type_, "r1", f"e{n}") for n, type_ in enumerate(types)]


REQUESTED, PAID, CANCELLED = (
    "registration.requested.v1",
    "invoice.paid.v1",
    "registration.cancelled.v1",
)


def test_a_registration_of_which_somebody_was_told_stands_in_the_log_once() -> None:
    assert findings(ledger(), heard(REQUESTED)) == []
    [lost] = findings(ledger(), [])
    assert (lost.kind, lost.about) == ("lost", "r1")
    [doubled] = findings(ledger(), heard(REQUESTED, REQUESTED))
    assert doubled.kind == "doubled"


def test_a_payment_and_a_cancellation_too() -> None:
    both = ledger(paid=True, cancelled=True, status="confirmed")
    assert findings(both, heard(REQUESTED, PAID, CANCELLED)) == []
    assert [one.kind for one in findings(both, heard(REQUESTED))] == ["lost", "lost"]


def test_who_cancelled_before_their_payment_was_heard_of_may_have_no_paid_invoice() -> None:
    hasty = ledger(paid=True, cancelled=True, status="requested")
    assert findings(hasty, heard(REQUESTED, CANCELLED)) == []
    assert findings(hasty, heard(REQUESTED, PAID, CANCELLED)) == []


def test_the_same_event_said_again_is_counted_and_no_finding() -> None:
    log = [*heard(REQUESTED), *heard(REQUESTED)]
    assert findings(ledger(), log) == []
    assert repeated(log) == 1


def test_the_longest_wait_is_of_one_row_that_stays_the_oldest() -> None:
    waiting = Waiting.__new__(Waiting)
    waiting.begin()
    for at, oldest in [(0.0, 7), (4.0, 7), (5.0, 9), (6.0, None), (20.0, 11), (21.0, 11)]:
        waiting.see("billing", oldest, at)
    assert waiting.longest == 5.0, "row 7, which was gone when it was looked for at 5"
    waiting.begin()
    assert waiting.longest == 0.0
