"""Whose the credits are that a registration knows of, and when they end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from services.notifications import models
from services.notifications.domain import story as domain
from services.notifications.domain.zones import known_zone
from shared.dates import end_of_day, parse_instant


def of_former(row: models.Registration) -> dict[str, str]:
    """By credit, whoever paid and holds it, where a colleague came instead since."""
    former = {one["former"] for one in row.facts.get("handed_on", {}).values()} - {row.person_id}
    return {
        key: credit["holder"]
        for key, credit in row.facts.get("credits", {}).items()
        if credit["holder"] in former
    }


def issued_of(facts: dict[str, Any], *, goodwill: bool) -> dict[str, str]:
    """By credit when it was issued: those that staff gave, or those that came out of something."""
    return {
        key: credit["issued_at"]
        for key, credit in facts.get("credits", {}).items()
        if (credit["origin"] == "goodwill") == goodwill
    }


def is_readers(row: models.Registration, reader: str, credit_id: str) -> bool:
    """Whether a credit belongs to whoever reads of it, or to their organisation.

    What was spent here came out of another registration, and was whoever ordered's.
    """
    handed_on = row.facts.get("handed_on", {})
    payer = handed_on[min(handed_on, key=int)]["former"] if handed_on else row.person_id
    holder = row.facts.get("credits", {}).get(credit_id, {}).get("holder", payer)
    return holder in ("", reader)


def ending_of(facts: dict[str, Any]) -> tuple[domain.Ending, ...]:
    """The credits that have an end, and something left to lose by it."""
    return tuple(
        domain.Ending(
            credit_id=key,
            last_day=date.fromisoformat(credit["expires_on"]),
            ends_at=end_of_credit(credit),
            issued_at=parse_instant(credit["issued_at"]),
            holder=credit["holder"],
        )
        for key, credit in sorted(facts.get("credits", {}).items())
        if credit["expires_on"] and credit["balance"]["amount"]
    )


def end_of_part(row: models.Registration, part: dict[str, Any]) -> datetime | None:
    """The same of a credit that a settlement names, which may not be heard of yet; None where it
    does not end."""
    if not part["expires_on"]:
        return None
    known = row.facts.get("credits", {}).get(part["credit_id"], {})
    policy = row.facts.get("requested", {}).get("policy", {})
    return end_of_credit({**part, "zone": known.get("zone") or policy.get("zone")})


def end_of_credit(credit: dict[str, Any]) -> datetime:
    """The last moment of a credit that ends: of its last day, where its terms count days."""
    return end_of_day(date.fromisoformat(credit["expires_on"]), known_zone(credit["zone"]))
