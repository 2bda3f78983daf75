"""What is answered when the provider cancels, for the OpenAPI document (see `answers.py`)."""

from __future__ import annotations

from pydantic import BaseModel

from services.registration.api.values import Moment


class WithdrawnAnswer(BaseModel):
    """A cancelled course. `concerned` is how many live registrations it had, of every state.

    Learners who paid may choose until `choose_until`; null: everybody gets everything back at once.
    """

    course_id: str
    status: str
    cancelled_at: Moment
    reason: str
    choose_until: Moment | None
    prefer_credit: bool
    concerned: int


class WithdrawalAnswer(WithdrawnAnswer):
    """The same, and how far it is: of `concerned`, `done` have their outcome, `choosing` may still
    say what they want, `left` are still to be gone through."""

    done: int
    choosing: int
    left: int


class SessionWithdrawnAnswer(BaseModel):
    """A cancelled session. Learners may take their share of it back until `choose_until`."""

    course_id: str
    session_id: str
    status: str
    cancelled_at: Moment
    reason: str
    choose_until: Moment
    concerned: int


class ChosenAnswer(BaseModel):
    """What was chosen, and what the registration is now; `session_id` where it was for a session.

    What it comes to is billing's to decide, and is mailed.
    """

    registration_id: str
    status: str
    session_id: str | None
    outcome: str
    chosen_at: Moment
