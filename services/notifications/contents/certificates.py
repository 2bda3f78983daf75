"""Letters after the course: evaluation, what is missing, certificates."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from services.notifications.commands.case import Case
from services.notifications.contents.common import Common
from shared.dates import parse_instant

# Nothing that anybody does now changes these.
_FINAL = frozenset({"attendance", "approval_period", "format"})
_WHY = {
    "name-corrected": "The name was corrected.",
    "key-compromised": "The key that signed the old one is no longer secret.",
    "more-credits": "It gives more credits than the old one.",
    "credit-given": "It gives credit, and the old one said that there was none.",
    "issued-in-error": "It was issued in error.",
    "corrected": "What stood on the old one was not right.",
}


def evaluation(case: Case, c: Common) -> dict[str, Any]:
    body = case.course.body
    there = [session for session in body["sessions"] if session["status"] != "cancelled"]
    ends = [parse_instant(session["ends_at"]) for session in there]
    closes = max(ends) + timedelta(days=body["evaluation"]["closes_after_days"])
    present = sum(1 for one in case.facts.get("attendance", {}).values() if one["present"])
    held = len(c.names["sessions"])
    attended = f"{present} of {held} sessions" if present < held else f"all {held} sessions"
    return {
        "attended": attended if held > 1 else "the session",
        # To the minute: an answer later on the same day would come too late.
        "closes": c.short(closes),
        "open_until": c.moments(closes),
        "boards": [board["board"] for board in body["boards"] if board["evaluation"]],
    }


def missing(case: Case, c: Common) -> dict[str, Any]:
    awards = case.facts["awards"]
    boards = list(dict.fromkeys(what.split(":", 1)[0] for what in case.message.covers))
    each = [
        {
            "board": board,
            "final": not _FINAL.isdisjoint(u["condition"] for u in awards[board]["unmet"]),
            "credit": f"{awards[board]['credits']} {awards[board]['unit']}",
            "reasons": _reasons(awards[board]["unmet"]),
        }
        for board in boards
        if not awards[board]["granted"]
    ]
    return {
        "missing": each,
        "boards": [one["board"] for one in each],
        "lost": all(one["final"] for one in each),
        "granted": [
            f"{board}: {award['credits']} {award['unit']}"
            for board, award in sorted(awards.items())
            if award["granted"]
        ],
    }


def _reasons(unmet: list[dict[str, str]]) -> list[str]:
    """Every condition, in words; of what cannot come true any more only what ended it."""
    final = [one for one in unmet if one["condition"] in _FINAL]
    return [
        one["detail"] or f"Condition not met: {one['condition'].replace('_', ' ')}."
        for one in final or unmet
    ]


_WORTH = {"participation": "Participation, without credit", "presenter": "For presenting"}
_TITLES = {
    "participation": "Certificate of participation",
    "presenter": "Certificate for presenting",
}


def ready(case: Case, c: Common) -> dict[str, Any]:
    told = case.facts["certificates"]
    each = [_certificate(key, told[key], case, c) for key in case.message.covers]
    return {
        "certificates": each,
        "participation": any(one["kind"] == "participation" for one in each),
        "presented": any(one["kind"] == "presenter" for one in each),
    }


def superseded(case: Case, c: Common) -> dict[str, Any]:
    told = case.facts["certificates"]
    old = told[case.message.subject]
    new = told[old["superseded_by"]]
    made = _certificate(old["superseded_by"], new, case, c)
    return {
        "old_number": old["number"],
        "reason": _WHY.get(old.get("why", ""), ""),
        "new": made,
        "was": _worth_of(old),
        "less": _less(old, new),
    }


def _less(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether the new one gives less of the same: only staff do that, whatever its reason says."""
    if old.get("board") != new.get("board") or "credits" not in old:
        return False
    return Decimal(new["credits"]) < Decimal(old["credits"])


def revoked(case: Case, c: Common) -> dict[str, Any]:
    told = case.facts["certificates"][case.message.subject]
    return {
        "number": told["number"],
        "reason": _WHY.get(told.get("why", ""), ""),
        "title": _title(told),
        "revoked_at": c.moments(told["revoked_at"]),
    }


def _certificate(key: str, told: dict[str, Any], case: Case, c: Common) -> dict[str, Any]:
    url = c.sender.public_url
    token = c.names["page"].rsplit("/", 1)[-1]
    credit = _worth_of(told) if told["board"] else ""
    verify = f"{url}/verify/{c.certificate_code(key)}"
    return {
        "board": told["board"],
        "kind": _kind(told),
        "title": _title(told),
        "credit": credit,
        "hours": "" if told["board"] else f"{_worth_of(told)}, no CE credit",
        "gives": _worth_of(told),
        "worth": f"{told['board']}, {credit}" if told["board"] else _WORTH[_kind(told)],
        "number": told["number"],
        "download": f"{url}/certificates/v1/certificates/{key}.pdf?t={token}",
        "verify": verify,
        "verify_short": verify.split("://", 1)[-1],
    }


def _worth_of(told: dict[str, Any]) -> str:
    return f"{told.get('credits', '')} {told.get('unit', '')}".strip()


def _title(told: dict[str, Any]) -> str:
    return str(told["board"] or _TITLES[_kind(told)])


def _kind(told: dict[str, Any]) -> str:
    """Where no board stands: what was said before presenters had one is participation."""
    if told["board"]:
        return "completion"
    return "presenter" if told.get("kind") == "presenter" else "participation"
