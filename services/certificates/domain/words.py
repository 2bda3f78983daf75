"""Why an award is withheld, in plain words: the fact first, then what can be done (look.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


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


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
