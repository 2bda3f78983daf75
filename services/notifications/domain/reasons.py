"""Why a message that was planned does not go out after all, in words for staff."""

from __future__ import annotations

from services.notifications.domain.course import Course
from services.notifications.domain.story import Held, Story

_ENDED = {
    "cancelled": "the registration was cancelled",
    "transferred": "the registration was moved to another course",
    "expired": "the seat was not paid in time",
    "lapsed": "the waiting list ended for this registration",
    "unseated": "there was no seat left",
}
_OVERTAKEN = {
    "payment_failed": "it was paid meanwhile",
    "invoice_reminder": "the invoice was paid or withdrawn meanwhile",
    "registration_received": "the registration is in another state now",
    "waitlisted": "the registration is no longer waiting",
    "waitlist_ended": "the registration is no longer waiting",
    "offer": "the offer is over",
    "evaluation_request": "the evaluation was submitted",
    "evaluation_reminder": "the evaluation was submitted",
    "disclosure_changed": "the disclosure was accepted, or changed again",
    "certificate_missing": "nothing is missing any more",
    "certificate_ready": "the certificate is told of otherwise, or was withdrawn",
    "refund_settled": "the refund failed after all",
    "session_cancelled": "the session takes place after all",
    "accommodation_answered": "it was answered once more since",
    "complaint_received": "it was answered meanwhile, or they wrote more",
    "complaint_answered": "it was answered once more since",
    "meeting_swapped": "the meeting was swapped again, or the session is over",
    "session_changed": "the session changed again, or is as they were told",
}


def why_not(story: Story, course: Course, held: Held) -> str:
    """Why a planned message is not wanted any more, in words for staff."""
    if held.template == "credit_expiring":
        return "nothing is left on the credit, or it runs longer now"
    paid = {refund.payer for refund in story.refunds}
    if held.template == "refund_settled" and held.person_id in paid:
        return _OVERTAKEN[held.template]
    if story.person_id is not None and held.person_id != story.person_id:
        return "somebody else comes instead"
    in_every_state = held.template in ("complaint_received", "complaint_answered")
    if course.cancelled and not in_every_state:
        return "the course was cancelled"
    if story.state in _ENDED and not in_every_state:
        return _ENDED[story.state]
    return _OVERTAKEN.get(held.template, "the session was moved or cancelled")
