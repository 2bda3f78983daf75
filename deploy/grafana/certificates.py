"""Certificates: what is issued, what waits, and what leads there."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.grafana.asked import a_minute, said, tasks_of
from deploy.grafana.panels import Json, curves, number

MEANS = "What is issued, what waits and why, in the minutes after a session."


def panels() -> Iterable[Json]:
    """What certificates does."""
    yield number(
        "Issued in this time",
        'sum(increase(events_sent_total{type="certificate.issued.v1"}[$__range]))',
        "Rendered, signed and stored.",
    )
    yield number(
        "Decided and not made",
        "max(certificates_preparing)",
        "They wait for a thread that renders, or for a key.",
    )
    yield number(
        "The oldest of them",
        "max(certificates_preparing_oldest_seconds)",
        "Since it was decided.",
        unit="s",
        bad=1800,
    )
    yield number(
        "Withheld in this time",
        'sum(increase(events_sent_total{type="award.withheld.v1"}[$__range]))',
        "Said again whenever a condition changes, so more than people.",
    )
    yield curves(
        "Certificates, a minute",
        said("certificate.issued", "certificate.superseded", "certificate.revoked", per="m"),
        "By what became of them.",
    )
    yield curves(
        "Decided and not made yet",
        [("max(certificates_preparing)", "preparing")],
        "After a session this rises at once and falls by a few a second for each worker.",
    )
    yield curves(
        "What leads there, a minute",
        said(
            "attendance.settled", "evaluation.submitted", "award.granted", "award.withheld", per="m"
        ),
        "Attendance is settled, an evaluation comes, a board's conditions are met or not.",
    )
    yield curves(
        "Documents made, a minute",
        [a_minute('outside_calls_total{kind="render"}', "outcome")],
        "One that fails is tried again.",
    )
    yield curves(
        "Verifications, a minute",
        [a_minute('http_requests_total{route=~"/certificates/verify.*"}', "status")],
        "Boards and employers who look a certificate up.",
    )
    yield tasks_of("certificates")
