"""A registration that is given up."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.contracts.course import Policy
from shared.contracts.event import Instant, Part, Slug, Text
from shared.contracts.registration.base import ABOUT, OfRegistration


class Override(Part):
    """Staff decided otherwise: `outcome` is refund, credit or nothing."""

    outcome: Text


class Evidence(Part):
    """An e-mail that asked for it, and when it arrived; registration keeps where it is."""

    received_at: Instant


class RegistrationCancelled(OfRegistration):
    """The registration is cancelled, by the learner, by staff for them, or by the provider.

    `requested_at` is the receipt of the request, and what the policy looks at. `by` is learner,
    operator or provider, `was` the state before (requested, waitlisted, offered, confirmed).
    `reason` is `learner-request`, `operator-request`, `override`, `evidence-held` or another such
    word, never what somebody wrote. Where the provider cancels, `prefer` is the learner's choice:
    refund or credit. `course_version` and `starts_at_now` are of the course as it stood when this
    was requested, whoever hears of its moves in whatever order. `policy_now` is the policy then in
    force, where it is another version than the snapshot's; `policy_choice` (snapshot or newer) is
    what the learner chose between the two.
    """

    type = "registration.cancelled.v1"
    when = "When a learner cancels, staff cancel for them, or the provider cancels the course."
    never = "What it comes to in money: `cancellation.settled` is that."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "requested_at": "2020-10-06T03:59:00Z",
        "by": "learner",
        "was": "confirmed",
        "reason": "learner-request",
    }

    requested_at: Instant
    by: Text
    was: Text = "confirmed"
    reason: Slug = "learner-request"
    prefer: Text | None = None
    override: Override | None = None
    evidence: Evidence | None = None
    course_version: int | None = None
    starts_at_now: Instant | None = None
    policy_now: Policy | None = None
    policy_choice: Text | None = None
