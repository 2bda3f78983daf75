"""What is kept of a fact: each in a place of its own, so that the order across topics is nothing.

Kept as JSON on the registration. No names, no addresses, nothing that the learner wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shared.contracts import attendance, billing, certificates, registration
from shared.contracts.event import Event

Facts = dict[str, Any]
STATES: Mapping[type[Event], str] = {
    registration.RegistrationRequested: "requested",
    registration.RegistrationWaitlisted: "waitlisted",
    registration.RegistrationOffered: "offered",
    registration.RegistrationLapsed: "lapsed",
    registration.RegistrationExpired: "expired",
    registration.RegistrationConfirmed: "confirmed",
    registration.RegistrationUnseated: "unseated",
    registration.RegistrationTransferred: "transferred",
    registration.RegistrationCancelled: "cancelled",
    registration.RegistrationCompleted: "completed",
}
_OF_CREDIT = ("amount", "balance", "expires_on", "issued_at", "origin")
_ABOUT = {"registration_id", "course_id", "person_id"}


def remember(facts: Facts, event: Event) -> Facts:
    """The facts with this one among them; the same again changes nothing."""
    kept = _KEPT.get(type(event))
    return kept(facts, event) if kept else facts


def _json(event: Event, *without: str) -> dict[str, Any]:
    return event.model_dump(mode="json", exclude=_ABOUT | set(without))


def _put(facts: Facts, kind: str, key: str, value: Any) -> Facts:
    return {**facts, kind: {**facts.get(kind, {}), key: value}}


def _merge(facts: Facts, kind: str, key: str, value: dict[str, Any]) -> Facts:
    return _put(facts, kind, key, {**facts.get(kind, {}).get(key, {}), **value})


def _requested(facts: Facts, event: registration.RegistrationRequested) -> Facts:
    return {**facts, "requested": _json(event, "schedule", "organisation")}


def _offered(facts: Facts, event: registration.RegistrationOffered) -> Facts:
    told = _json(event)
    return _put(facts, "offers", told["offered_at"], told["offer_expires_at"])


def _substituted(facts: Facts, event: registration.RegistrationSubstituted) -> Facts:
    old = facts.get("substituted")
    if old and old["token_version"] > event.token_version:
        return facts
    return {**facts, "substituted": _json(event, "former_person_id")}


def _handed_on(facts: Facts, event: registration.RegistrationSubstituted) -> Facts:
    told = {"at": _json(event)["substituted_at"], "former": event.former_person_id}
    return _put(_substituted(facts, event), "handed_on", str(event.token_version), told)


def _answered(facts: Facts, event: registration.RegistrationAccommodationAnswered) -> Facts:
    old = facts.get("answered")
    if old and old["answer"] > event.answer:
        return facts
    return {**facts, "answered": _json(event) | {"to": event.person_id}}


def _complained(facts: Facts, event: registration.RegistrationComplained) -> Facts:
    old = facts.get("complained")
    if old and old["complaint"] > event.complaint:
        return facts
    return {**facts, "complained": _json(event) | {"by": event.person_id}}


def _complaint_answered(facts: Facts, event: registration.RegistrationComplaintAnswered) -> Facts:
    old = facts.get("complaint_answered")
    if old and old["answer"] > event.answer:
        return facts
    told = _json(event, "complained_by")
    return {**facts, "complaint_answered": told | {"to": event.complained_by}}


def _linked(facts: Facts, event: registration.RegistrationLinkRequested) -> Facts:
    if event.together is not None:  # one mail tells of all
        return facts
    return _put(facts, "links", event.request_id, _json(event)["requested_at"])


def _gave_back(facts: Facts, event: registration.RegistrationShareDue) -> Facts:
    return _put(facts, "shares", event.session_id, _json(event)["requested_at"])


def _settled(facts: Facts, event: billing.CancellationSettled) -> Facts:
    about = "/".join(filter(None, (event.cause, event.session_id)))
    known = facts.get("settlements", {}).get(about)
    if known and known["by"] != event.by == "provider":
        about += "/provider"  # the better outcome, beside the one that was told before
    return _put(facts, "settlements", about, _json(event))


def _credited(facts: Facts, event: billing.CreditIssued) -> Facts:
    of_organisation = event.holder.kind == "organisation"  # whose name its invoice has
    kept = {k: v for k, v in _json(event).items() if k in _OF_CREDIT}
    kept["zone"] = event.terms.get("zone")
    kept["holder"] = "" if of_organisation else event.holder.id
    return _put(facts, "credits", event.credit_id, kept | {"organisation": of_organisation})


def _credit_moved(facts: Facts, event: billing.OfCredit) -> Facts:
    left = {k: v for k, v in _json(event).items() if k in ("balance", "expires_on")}
    return _merge(facts, "credits", event.credit_id, left)


def _refunded(facts: Facts, event: billing.RefundSettled | billing.RefundFailed) -> Facts:
    return _merge(facts, "refunds", event.refund_id, _json(event, "refund_id", "reason"))


def _attended(facts: Facts, event: attendance.AttendanceSettled) -> Facts:
    old = facts.get("attendance", {}).get(event.session_id)
    if old and old["evidence_version"] > event.evidence_version:
        return facts
    return _put(facts, "attendance", event.session_id, _json(event, "session_id", "rule"))


def _awarded(facts: Facts, event: certificates.AwardGranted | certificates.AwardWithheld) -> Facts:
    old = facts.get("awards", {}).get(event.board)
    if old and old["version"] > event.version:
        return facts
    granted = isinstance(event, certificates.AwardGranted)
    return _put(facts, "awards", event.board, _json(event) | {"granted": granted})


def _certified(facts: Facts, event: Any) -> Facts:
    told = _json(event)
    if not isinstance(event, certificates.CertificateIssued):
        # A reason belongs to what happened, not to the certificate.
        told["why"] = told.pop("reason")
    return _merge(facts, "certificates", event.certificate_id, told)


_KEPT: Mapping[type[Event], Callable[[Facts, Any], Facts]] = {
    registration.RegistrationRequested: _requested,
    registration.RegistrationWaitlisted: lambda f, e: {**f, "waitlisted": _json(e)},
    registration.RegistrationOffered: _offered,
    registration.RegistrationLapsed: lambda f, e: {**f, "lapsed": _json(e)},
    registration.RegistrationConfirmed: lambda f, e: {**f, "confirmed": _json(e)},
    registration.RegistrationCancelled: lambda f, e: {
        **f,
        "cancelled": _json(e, "reason", "override", "evidence"),
    },
    registration.RegistrationSubstituted: _handed_on,
    registration.RegistrationAccommodationAnswered: _answered,
    registration.RegistrationComplained: _complained,
    registration.RegistrationComplaintAnswered: _complaint_answered,
    registration.RegistrationLinkRequested: _linked,
    registration.RegistrationShareDue: _gave_back,
    registration.RegistrationAcknowledged: lambda f, e: {**f, "acknowledged": _json(e)},
    billing.InvoiceIssued: lambda f, e: _merge(f, "invoices", e.invoice_id, _json(e)),
    billing.InvoicePaid: lambda f, e: _merge(f, "invoices", e.invoice_id, _json(e)),
    billing.InvoiceVoided: lambda f, e: _put(f, "voided", e.invoice_id, _json(e)["voided_at"]),
    billing.InvoiceReminded: lambda f, e: _put(
        f, "reminded", f"{e.invoice_id}/{e.level}", _json(e)
    ),
    billing.PaymentFailed: lambda f, e: _put(f, "failures", e.payment_id, _json(e)),
    billing.CancellationSettled: _settled,
    billing.CreditIssued: _credited,
    billing.CreditRedeemed: _credit_moved,
    billing.CreditRestored: _credit_moved,
    billing.CreditExpired: _credit_moved,
    billing.CreditVoided: _credit_moved,
    billing.RefundSettled: _refunded,
    billing.RefundFailed: _refunded,
    attendance.AttendanceSettled: _attended,
    certificates.EvaluationSubmitted: lambda f, e: {**f, "evaluated": _json(e)},
    certificates.AwardGranted: _awarded,
    certificates.AwardWithheld: _awarded,
    certificates.CertificateIssued: _certified,
    certificates.CertificateSuperseded: _certified,
    certificates.CertificateRevoked: _certified,
}
