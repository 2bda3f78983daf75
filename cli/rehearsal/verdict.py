"""What was wanted of a rehearsal, what was measured, and what to do where it was not met."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cli.rehearsal.found import Found

P99_MS = 1_000.0  # a platform waits three seconds for an answer (Zoom's webhooks), so well within
LAG_S = 5.0  # the oldest event that waits, as `bench day` holds it
CERTIFICATES_S = 600.0  # from the end to the last certificate, as docs/capacity.md plans it
RUNBOOK = "docs/session-day.md"


@dataclass(frozen=True)
class Row:
    """One line. `met` is None where it could not be measured; `heading` is of the runbook."""

    what: str
    wanted: str
    measured: str
    met: bool | None
    heading: str
    remedy: str


def rows(of: Found) -> list[Row]:
    """In the order of the day."""
    return [
        _registered(of),
        _mails(of),
        Row(
            "observations refused or lost",
            "0",
            f"{of.refused + of.lost:,} of {of.told:,}" if of.told else "none was told",
            of.told > 0 and not of.refused + of.lost,
            "Observations are refused or slow",
            "More processes of attendance's API.",
        ),
        Row(
            "99 of 100 observations within",
            f"≤ {P99_MS:,.0f} ms",
            _in(of.p99, "ms"),
            None if of.p99 is None else of.p99 <= P99_MS,
            "Observations are refused or slow",
            "More processes of attendance's API.",
        ),
        Row(
            "in the room when all were in",
            f"{of.registered:,}",
            _count(of.inside),
            None if of.inside is None else of.inside == of.registered,
            "Somebody is not seen",
            "Who was refused is not seen; the rest is a defect.",
        ),
        _oldest(of),
        *_end(of),
    ]


def _registered(of: Found) -> Row:
    took = f" in {of.registering:.0f} s" if of.registering is not None else ""
    return Row(
        "registered and confirmed",
        f"{of.learners:,}",
        f"{of.registered:,}{took}",
        of.registered == of.learners,
        "Registrations are refused",
        of.why_not or "More processes of registration's API.",
    )


def _mails(of: Found) -> Row:
    late, unsent = of.late, of.unsent or 0
    words = [*([f"{late:,} late"] if late is not None else []), f"{unsent:,} failed"]
    return Row(
        "mails late as it began, or failed",
        "0",
        "not measured" if of.unsent is None else ", ".join(words),
        None if of.unsent is None else not (late or 0) + unsent,
        "The mail server is slow, or away",
        "More workers of notifications, or a higher NOTIFICATIONS_SMTP_RATE.",
    )


def _oldest(of: Found) -> Row:
    measured, remedy = _in(of.lag, "s"), "More workers of the service that is named."
    if of.lag:
        measured = f"{of.lag:,.1f} s, {of.lag_of.partition(' ')[0].removesuffix(chr(39) + 's')}"
    elif of.lag is None and of.lag_of:
        measured = of.lag_of
    elif of.lag is None:
        remedy = "Name Kafka and the databases: KAFKA_BOOTSTRAP_SERVERS, <SERVICE>_DATABASE_URL."
    unseen = of.lag is None and not of.lag_of
    return Row(
        "oldest event that waited",
        f"≤ {LAG_S:g} s",
        measured,
        None if unseen else of.lag is not None and of.lag <= LAG_S,
        "Lag grows",
        remedy,
    )


def _end(of: Found) -> list[Row]:
    return [
        Row(
            "settled as present",
            f"{of.registered:,}",
            _count(of.present),
            None if of.present is None else of.present == of.registered,
            "Somebody is not seen",
            "Whose evidence was refused is absent.",
        ),
        Row(
            "certificates",
            f"{of.registered:,}",
            _count(of.certificates),
            None if of.certificates is None else of.certificates == of.registered,
            "Certificates do not come",
            "See what waits: bin/holdfast lag, bin/holdfast tasks.",
        ),
        Row(
            "from the end to the last of them",
            f"≤ {CERTIFICATES_S:,.0f} s",
            _in(of.certifying, "s"),
            None if of.certifying is None else of.certifying <= CERTIFICATES_S,
            "Certificates do not come",
            "More workers of certificates.",
        ),
        Row(
            "nothing left to do in the end",
            "yes",
            _quiet(of),
            of.quiet,
            "Lag grows",
            "See what waits: bin/holdfast lag."
            if of.quiet is not None
            else "No worker of these says where it stands: bin/holdfast status.",
        ),
    ]


def _quiet(of: Found) -> str:
    if of.quiet is None:
        # No worker of theirs said where it stands, or its release knows no such word.
        return f"not measured: {of.waiting}" if of.waiting else "not measured"
    return "yes" if of.quiet else f"no: {of.waiting}"


def met(all_of: list[Row]) -> bool:
    """Whether nothing that was measured fell short."""
    return all(one.met is not False for one in all_of)


def as_data(name: str, found: Found, all_of: list[Row]) -> dict[str, Any]:
    """For `--json`."""
    return {
        "course_id": name,
        "met": met(all_of),
        "verdict": [asdict(one) for one in all_of],
        "measured": asdict(found),
    }


def remedies(all_of: list[Row]) -> list[str]:
    """What to do where it was not met, each once, with its place in the runbook."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in all_of:
        blind = one.what.startswith("oldest") or one.measured.startswith("not measured: ")
        if one.met is False or (one.met is None and blind):
            found.setdefault((one.remedy, one.heading), []).append(one.what)
    return [
        f"{', '.join(what)}: {remedy} {RUNBOOK}, “{heading}”"
        for (remedy, heading), what in found.items()
    ]


def _count(number: int | None) -> str:
    return "not measured" if number is None else f"{number:,}"


def _in(value: float | None, unit: str) -> str:
    return "not measured" if value is None else f"{value:,.0f} {unit}"
