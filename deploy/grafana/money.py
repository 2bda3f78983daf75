"""Money: what is charged, paid and given back, and whether books and gateway agree."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.grafana.asked import a_minute, said, tasks_of
from deploy.grafana.panels import Json, curves, number, table

MEANS = "What is charged, paid and given back, and whether the books agree with the gateway."


def panels() -> Iterable[Json]:
    """What billing does."""
    yield number(
        "Refunds under way",
        "sum(max by (state, currency) (refunds_under_way))",
        "Asked for, submitted, or of unknown fate.",
    )
    yield number(
        "The oldest of them",
        "max(refunds_oldest_seconds)",
        "Since it was asked for. A card takes five to ten days.",
        unit="s",
        bad=864000,
    )
    yield number(
        "Disputes that are open",
        "max(disputes_open)",
        "The bank has not decided.",
    )
    yield number(
        "Books that do not agree",
        "sum(max by (kind) (reconciliation_findings)) or vector(0)",
        "Findings that no later comparison saw settled: bin/holdfast reconcile",
        bad=1,
    )
    yield curves(
        "Invoices, an hour",
        said("invoice.issued", "invoice.paid", "invoice.voided", "payment.failed"),
        "Issued, paid, withdrawn; and tries to pay that failed.",
    )
    yield curves(
        "Money that goes back, an hour",
        said("refund.requested", "refund.settled", "refund.failed", "credit.issued"),
        "Refunds asked for, arrived and failed; and credits in their place.",
    )
    yield curves(
        "Refunds under way, by state",
        [("sum by (state) (max by (state, currency) (refunds_under_way))", "{{state}}")],
        "`unknown`: the gateway is asked until it says.",
    )
    yield curves(
        "Calls to the gateway, a minute",
        [a_minute('outside_calls_total{job="billing"}', "kind", "outcome")],
        "By what came of them.",
    )
    yield curves(
        "Registrations, an hour",
        said(
            "registration.requested",
            "registration.confirmed",
            "registration.cancelled",
            "registration.expired",
        ),
        "Seats held, taken for good, given back, and holds that ended unpaid.",
    )
    yield table(
        "What goes back, in minor units",
        "max by (currency, state) (refunds_under_way_minor)",
        "By currency.",
        value="amount",
    )
    yield curves(
        "Since the last whole comparison",
        [("min(reconciliation_age_seconds)", "age")],
        "Books and gateway are compared each night.",
        unit="s",
        line=129600,
    )
    yield tasks_of("billing")
