"""Letters after the course: evaluation, what is missing, certificates."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from services.notifications.commands.case import Case
from services.notifications.contents.common import Common
from services.notifications.contents.conditions import reason_of
from shared.dates import parse_instant
from shared.languages import marked

# Nothing that anybody does now changes these.
_FINAL = frozenset({"attendance", "approval_period", "format"})
_WHY = {
    "name-corrected": marked("The name was corrected."),
    "key-compromised": marked("The key that signed the old one is no longer secret."),
    "more-credits": marked("It gives more credits than the old one."),
    "credit-given": marked("It gives credit, and the old one said that there was none."),
    "issued-in-error": marked("It was issued in error."),
    "corrected": marked("What stood on the old one was not right."),
}


def evaluation(case: Case, c: Common) -> dict[str, Any]:
    body = case.course.body
    there = [session for session in body["sessions"] if session["status"] != "cancelled"]
    ends = [parse_instant(session["ends_at"]) for session in there]
    closes = max(ends) + timedelta(days=body["evaluation"]["closes_after_days"])
    present = sum(1 for one in case.facts.get("attendance", {}).values() if one["present"])
    held = len(c.names["sessions"])
    return {
        "attended": _attended(present, held, c),
        # To the minute: an answer later on the same day would come too late.
        "closes": c.short(closes),
        "open_until": c.moments(closes),
        "boards": [board["board"] for board in body["boards"] if board["evaluation"]],
    }


def _attended(present: int, held: int, c: Common) -> str:
    if held == 1:
        return c.tongue.say("You attended the session.")
    if present < held:
        return c.tongue.say(
            "You attended %(present)s of %(held)s sessions.", present=present, held=held
        )
    return c.tongue.say("You attended all %(held)s sessions.", held=held)


def missing(case: Case, c: Common) -> dict[str, Any]:
    awards = case.facts["awards"]
    boards = list(dict.fromkeys(what.split(":", 1)[0] for what in case.message.covers))
    each = [
        {
            "board": board,
            "final": not _FINAL.isdisjoint(u["condition"] for u in awards[board]["unmet"]),
            "credit": f"{awards[board]['credits']} {awards[board]['unit']}",
            "reasons": _reasons(board, awards[board]["unmet"], c),
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


def _reasons(board: str, unmet: list[dict[str, str]], c: Common) -> list[str]:
    """Every condition, in words; of what cannot come true any more only what ended it."""
    final = [one for one in unmet if one["condition"] in _FINAL]
    return [reason_of(board, one, c.tongue) for one in final or unmet]


_WORTH = {
    "participation": marked("Participation, without credit"),
    "presenter": marked("For presenting"),
}
_TITLES = {
    "participation": marked("Certificate of participation"),
    "presenter": marked("Certificate for presenting"),
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
        "reason": _why(old, c),
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
        "reason": _why(told, c),
        "title": _title(told, c),
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
        "title": _title(told, c),
        "credit": credit,
        "hours": ""
        if told["board"]
        else c.tongue.say("%(hours)s, no CE credit", hours=_worth_of(told)),
        "gives": _worth_of(told),
        "worth": f"{told['board']}, {credit}"
        if told["board"]
        else c.tongue.say(_WORTH[_kind(told)]),
        "number": told["number"],
        "download": f"{url}/certificates/v1/certificates/{key}.pdf?t={token}",
        "verify": verify,
        "verify_short": verify.split("://", 1)[-1],
    }


def _worth_of(told: dict[str, Any]) -> str:
    return f"{told.get('credits', '')} {told.get('unit', '')}".strip()


def _title(told: dict[str, Any], c: Common) -> str:
    return str(told["board"] or c.tongue.say(_TITLES[_kind(told)]))


def _why(told: dict[str, Any], c: Common) -> str:
    why = _WHY.get(told.get("why", ""))
    return c.tongue.say(why) if why else ""


def _kind(told: dict[str, Any]) -> str:
    """Where no board stands: what was said before presenters had one is participation."""
    if told["board"]:
        return "completion"
    return "presenter" if told.get("kind") == "presenter" else "participation"
