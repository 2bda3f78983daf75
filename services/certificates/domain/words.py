"""Why an award is withheld, in plain words: the fact first, then what can be done (look.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.certificates.domain.facts import Approval, Person, PostTest, Session


class Condition(StrEnum):
    """What an award asks for (domain.md §6)."""

    COURSE = "course"
    DECLINED = "declined"
    PRESENTER = "presenter"
    COURSE_OVER = "course_over"
    IDENTITY = "identity"
    PROFESSION = "profession"
    LICENSE_STATE = "license_state"
    CONFIRMED = "confirmed"
    NOT_CANCELLED = "not_cancelled"
    PAID = "paid"
    DISPUTE = "dispute"
    DISCLOSURE = "disclosure"
    APPROVAL_PERIOD = "approval_period"
    FORMAT = "format"
    ATTENDANCE = "attendance"
    EVALUATION = "evaluation"
    POST_TEST = "post_test"
    UNCLAIMED = "unclaimed"


@dataclass(frozen=True)
class Unmet:
    """One condition that is not met, and why.

    `stated` is what the person said of themselves: for their own eyes, not for facts.
    """

    condition: Condition
    detail: str
    stated: str = ""


OVER = Unmet(
    Condition.COURSE_OVER,
    "The course's last session is not over yet, or its attendance is still being settled. "
    "Awards are decided after that.",
)
IDENTITY = Unmet(
    Condition.IDENTITY,
    "We do not hold the name this award should be made out to. Tell the provider what it is.",
)
CONFIRMED = Unmet(
    Condition.CONFIRMED,
    "The registration is not confirmed. Your registration's page says what it waits for.",
)
PAID = Unmet(Condition.PAID, "The invoice is not paid yet. The award follows the payment.")
DISPUTE = Unmet(
    Condition.DISPUTE, "The payment is disputed at the bank. The award waits for the outcome."
)
CHARGED_BACK = Unmet(
    Condition.DISPUTE,
    "The payment was taken back through the bank. Write to the provider to settle it.",
)
DISCLOSURE = Unmet(
    Condition.DISCLOSURE,
    "The disclosure now in force is not accepted yet. Accept it on your registration's page.",
)
EVALUATION = Unmet(
    Condition.EVALUATION,
    "The course evaluation is not handed in yet. You find it on your registration's page.",
)
_ENDED = {
    "cancelled": "The registration was cancelled, so there is no award.",
    "transferred": "The registration was transferred to another course, so there is no award.",
    "expired": "The registration expired before it was paid.",
    "unseated": "The payment came too late and no seat was left.",
    "lapsed": "The offered place was not taken.",
}
_CAUSES = {
    "issued-in-error": "It was issued in error",
    "name-corrected": "The name was corrected",
    "more-credits": "A newer one gives more credits",
    "key-compromised": "The key that signed it is no longer secret",
    "credit-given": "A certificate of credit took its place",
}
_PLURALS = {"mft": "MFTs", "hr": "HR professionals", "staff": "staff"}
_OPEN_STATES = (
    "The licence's state is missing, and {board} depends on it. "
    "Tell the provider which state it is."
)


def ended(how: str) -> Unmet:
    """The registration did not last."""
    return Unmet(Condition.NOT_CANCELLED, _ENDED.get(how, "The registration has ended."))


def unsettled() -> Unmet:
    """Cancelled, and what it gave is not known yet."""
    return Unmet(
        Condition.NOT_CANCELLED, "The registration was cancelled; what that gives is being settled."
    )


def withdrawn() -> Unmet:
    """The provider cancelled the course, and what the registration gets is not known yet."""
    return Unmet(
        Condition.NOT_CANCELLED, "The course was cancelled; what that gives is being settled."
    )


def profession(approval: Approval, person: Person) -> Unmet:
    """The board does not serve this person."""
    where = ""
    if approval.states_in:
        where = f" licensed in {_listed(sorted(approval.states_in))}"
    elif approval.states_out:
        where = f" licensed outside {_listed(sorted(approval.states_out))}"
    whom = _listed([_plural(name) for name in sorted(approval.professions)])
    stated = [_license(person, lic.profession, lic.state) for lic in person.licenses]
    given = _listed(stated or [_license(person, None, None)])
    return Unmet(
        Condition.PROFESSION, f"{approval.board} serves {whom}{where}.", f"You stated: {given}."
    )


def presents(approval: Approval) -> Unmet:
    """The registration is a presenter's, and no learner's."""
    return Unmet(
        Condition.PRESENTER,
        f"You presented this course, so {approval.board} gives no learner's credit for it. Your "
        "certificate says what you presented.",
    )


def declined(approval: Approval) -> Unmet:
    """The learner does not want this board's credit."""
    return Unmet(
        Condition.DECLINED,
        f"You declined the credit of {approval.board}. You can take that back on your "
        "registration's page.",
    )


def not_of_course(board: str) -> Unmet:
    """The course as it is published now has no rule of this board."""
    return Unmet(
        Condition.COURSE, f"{board} is no longer a board of this course, so it gives no credit."
    )


def license_state(approval: Approval) -> Unmet:
    """The profession fits, but where the licence is from is not known."""
    return Unmet(Condition.LICENSE_STATE, _OPEN_STATES.format(board=approval.board))


def approval_period(approval: Approval, sessions: Sequence[Session]) -> Unmet:
    """Taught on a day on which the approval did not hold."""
    since = day_in_words(approval.approved_from) if approval.approved_from else "the beginning"
    until = day_in_words(approval.approved_to) if approval.approved_to else "further notice"
    return Unmet(
        Condition.APPROVAL_PERIOD,
        f"{approval.board}'s approval holds from {since} until {until}; "
        f"{_sessions(sessions)} {_was(sessions)} taught outside it.",
    )


def wrong_format(approval: Approval, sessions: Sequence[Session]) -> Unmet:
    """Delivered in a way the approval does not cover."""
    formats = _listed([name.replace("_", " ") for name in sorted(approval.formats)])
    return Unmet(
        Condition.FORMAT,
        f"{approval.board} approved the course as {formats}; "
        f"{_sessions(sessions)} {_was(sessions)} not.",
    )


def every_session(approval: Approval, missed: Sequence[Session]) -> Unmet:
    """All or nothing, and not all."""
    return Unmet(
        Condition.ATTENDANCE,
        f"{approval.board} asks for every session. Not attended by the rule: {_sessions(missed)}.",
    )


def no_session(approval: Approval) -> Unmet:
    """Nothing that could count."""
    return Unmet(
        Condition.ATTENDANCE,
        f"No session was attended in a way that {approval.board} gives credit for.",
    )


def post_test(approval: Approval, test: PostTest, left: int | None) -> Unmet:
    """Not passed; `left` attempts, None where there is no end to them."""
    asks = f"{approval.board} asks for {test.pass_percent} % in the post-test"
    todo = ", which is not passed yet. Take it on your registration's page."
    if left == 0:
        tried = "The one attempt is used" if test.attempts == 1 else "All attempts are used"
        todo = f". {tried}, and that was not reached. Write to the provider."
    return Unmet(Condition.POST_TEST, asks + todo)


def unclaimed(approval: Approval, up_to: Decimal) -> Unmet:
    """Everything is there but the learner's own claim."""
    return Unmet(
        Condition.UNCLAIMED,
        f"You can claim up to {plain(up_to)} {approval.unit}. Claim only what you took part in.",
    )


def ended_why(cause: str) -> str:
    """Why a certificate holds no more, for whoever verifies it: told by the slug."""
    return _CAUSES.get(cause, "The certificate was corrected")


def day_in_words(day: date) -> str:
    """`Monday, 2 November 2020`, whatever the process's locale."""
    return f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def plain(hours: Decimal) -> str:
    """`8.0`, `6.75`: at least one decimal, no more than are needed."""
    text = f"{hours.normalize():f}"
    return text if "." in text else f"{text}.0"


def _sessions(sessions: Sequence[Session]) -> str:
    return _listed([f"session {s.number} ({day_in_words(s.day)})" for s in sessions])


def _was(sessions: Sequence[Session]) -> str:
    return "was" if len(sessions) == 1 else "were"


def _plural(profession_: str) -> str:
    return _PLURALS.get(profession_, f"{profession_.replace('_', ' ')}s")


def _license(person: Person, profession_: str | None, state: str | None) -> str:
    stated = profession_ or person.profession or "no profession"
    name = stated.upper() if stated in ("mft", "hr") else stated.replace("_", " ")
    return f"{name} ({state})" if state else name


def _listed(names: Iterable[str]) -> str:
    *most, last = [*names] or ["everyone"]
    return f"{', '.join(most)} and {last}" if most else last


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
