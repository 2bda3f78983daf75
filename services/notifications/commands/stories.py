"""From rows to what the rules look at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from services.notifications import models
from services.notifications.commands.course_seen import moment_in
from services.notifications.commands.held_credits import ending_of, issued_of, of_former
from services.notifications.commands.settlements import (
    credits_told,
    gave_nothing_at,
    owes,
    told_settlements,
)
from services.notifications.commands.told import said_of
from services.notifications.domain import story as domain
from services.notifications.domain.story import Held, Story
from services.notifications.domain.zones import known_zone
from shared.dates import parse_instant


def story_of(row: models.Registration) -> Story:
    """One registration as the rules see it."""
    facts = row.facts
    requested, confirmed = facts.get("requested", {}), facts.get("confirmed", {})
    return Story(
        registration_id=row.registration_id,
        person_id=row.person_id,
        state=row.state,
        token_version=max(row.token_version, 1),
        requested_at=moment_in(requested, "requested_at"),
        hold_expires_at=moment_in(requested, "hold_expires_at"),
        waitlisted_at=moment_in(facts.get("waitlisted", {}), "waitlisted_at"),
        confirmed_at=moment_in(confirmed, "confirmed_at"),
        pays_later=confirmed.get("basis") in ("invoice", "transfer"),
        presents=requested.get("role") == "presenter",
        accepted=accepted_of(facts)[0],
        accepted_at=accepted_of(facts)[1],
        offers=tuple(
            domain.Offer(parse_instant(since), parse_instant(until))
            for since, until in sorted(facts.get("offers", {}).items())
        ),
        lapsed_at=moment_in(facts.get("lapsed", {}), "lapsed_at"),
        substitutions=tuple(
            domain.Substitution(int(version), parse_instant(one["at"]), one["former"])
            for version, one in sorted(facts.get("handed_on", {}).items())
        ),
        link_requests=_dated(facts.get("links", {})),
        receipts=_dated(
            {
                key: invoice["paid_at"]
                for key, invoice in facts.get("invoices", {}).items()
                if invoice.get("paid_at") and invoice["total"]["amount"]
            }
        ),
        invoice_reminders=_dated(
            {
                key: one["reminded_at"]
                for key, one in facts.get("reminded", {}).items()
                if _still_open(facts, one["invoice_id"])
            }
        ),
        payment_failures=_dated(_moments(facts, "failures", "failed_at")),
        by_provider=facts.get("cancelled", {}).get("by") == "provider",
        settlements=_dated(told_settlements(facts)),
        gave_nothing_at=gave_nothing_at(facts),
        owing=owes(facts),
        credits=_dated(issued_of(facts, goodwill=False)),
        goodwill=_dated(issued_of(facts, goodwill=True)),
        of_former=of_former(row),
        ending=ending_of(facts),
        credits_told=credits_told(facts),
        refunds=tuple(
            domain.Refund(
                key,
                moment_in(refund, "settled_at"),
                moment_in(refund, "failed_at"),
                _person_of(refund),
            )
            for key, refund in sorted(facts.get("refunds", {}).items())
        ),
        present=frozenset(
            key for key, record in facts.get("attendance", {}).items() if record["present"]
        ),
        evaluated="evaluated" in facts,
        answered=_answered(facts, "answered"),
        complained=_complained(facts),
        complaint_answered=_answered(facts, "complaint_answered"),
        withheld=_withheld(facts),
        granted=_granted(facts),
        certificates=_certificates(facts),
    )


def _answered(facts: dict[str, Any], what: str) -> domain.Answered | None:
    told = facts.get(what)
    if not told:
        return None
    return domain.Answered(told["answer"], parse_instant(told["answered_at"]), told["to"])


def _complained(facts: dict[str, Any]) -> domain.Complained | None:
    told = facts.get("complained")
    if not told:
        return None
    at, answer_by = (parse_instant(told[name]) for name in ("complained_at", "answer_by"))
    return domain.Complained(told["complaint"], at, told["by"], answer_by)


def _person_of(told: dict[str, Any]) -> str:
    """Which person paid, as billing says it."""
    payer = told.get("payer") or {}
    return str(payer["id"]) if payer.get("kind") == "person" else ""


def _still_open(facts: dict[str, Any], invoice_id: str) -> bool:
    """Whether an invoice was neither paid nor withdrawn since; a reminder says nothing new then."""
    paid = facts.get("invoices", {}).get(invoice_id, {}).get("paid_at")
    return not paid and invoice_id not in facts.get("voided", {})


def accepted_of(facts: dict[str, Any]) -> tuple[str | None, datetime | None]:
    """The version of the disclosure that was accepted last, by whoever comes now, and when."""
    told = [facts.get(kind, {}) for kind in ("requested", "waitlisted", "acknowledged")]
    said = [
        (d["version"], parse_instant(d["accepted_at"])) for t in told if (d := t.get("disclosure"))
    ]
    if colleague := facts.get("substituted"):  # who accepted it before does not come
        since, theirs = parse_instant(colleague["substituted_at"]), colleague["disclosure"]
        later = [one for one in said if one[1] > since]
        said = [*later, (theirs["version"] if theirs else None, since)]
    return max(said, key=lambda one: one[1]) if said else (None, None)


def zone_of(person: models.Person | None, course: models.Course | None) -> str:
    """The learner's zone, else the provider's."""
    return known_zone(person.zone if person else None, course.body.get("zone") if course else None)


def held_of(row: models.Message) -> Held:
    """A message as the rules see it; one that a human forced is out of their hands."""
    return Held(
        message_id=row.message_id,
        person_id=row.person_id or "",
        template=row.template,
        subject=row.subject,
        version=row.version,
        state="sending" if row.forced else row.state,  # type: ignore[arg-type]
        due_at=row.due_at,
        covers=tuple(row.covers),
        reason=row.reason,
        said=said_of(row),
    )


def mails_in(rows: Iterable[models.Message]) -> list[models.Message]:
    """Those of a registration's messages that are mails."""
    return [row for row in rows if row.channel == "mail"]


def _withheld(facts: dict[str, Any]) -> tuple[domain.Withheld, ...]:
    return tuple(
        domain.Withheld(
            board=board,
            at=parse_instant(award["withheld_at"]),
            conditions=tuple(unmet["condition"] for unmet in award["unmet"]),
        )
        for board, award in sorted(facts.get("awards", {}).items())
        if not award["granted"]
    )


def _granted(facts: dict[str, Any]) -> frozenset[str]:
    return frozenset(b for b, award in facts.get("awards", {}).items() if award["granted"])


def _certificates(facts: dict[str, Any]) -> tuple[domain.Certificate, ...]:
    found = [
        domain.Certificate(
            certificate_id=key,
            issued_at=moment_in(told, "issued_at"),
            board=told.get("board"),
            supersedes=told.get("supersedes"),
            superseded_by=told.get("superseded_by"),
            superseded_at=moment_in(told, "superseded_at"),
            revoked_at=moment_in(told, "revoked_at"),
        )
        for key, told in facts.get("certificates", {}).items()
    ]
    last = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(found, key=lambda one: (one.issued_at or last, one.certificate_id)))


def _moments(facts: dict[str, Any], kind: str, name: str) -> dict[str, str]:
    return {key: told[name] for key, told in facts.get(kind, {}).items()}


def _dated(moments: dict[str, str]) -> tuple[domain.Dated, ...]:
    return tuple((key, parse_instant(at)) for key, at in sorted(moments.items()))
