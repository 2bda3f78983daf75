"""Partners: whether they are told, and what they send in."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.grafana.asked import a_minute, tasks_of
from deploy.grafana.panels import Json, curves, number

MEANS = "Whether partners are told, and what they send in."


def panels() -> Iterable[Json]:
    """What partners see of us."""
    yield number(
        "Endpoints that are active",
        'sum(max by (partner, state) (endpoints{state="active"}))',
        "Addresses that partners are told at.",
    )
    yield number(
        "Failing just now",
        "sum(max by (partner, state) (endpoints_failing))",
        "Tried again with growing pauses; after days they are disabled.",
        bad=1,
    )
    yield number(
        "Disabled",
        'sum(max by (partner, state) (endpoints{state="disabled"})) or vector(0)',
        "They are told nothing any more: bin/holdfast partners endpoints PARTNER",
        bad=1,
    )
    yield number(
        "Deliveries parked",
        'max(deliveries_open{status="parked"}) or vector(0)',
        "Given up until somebody asks for them again.",
        bad=1,
    )
    yield curves(
        "How far endpoints are behind",
        [("max by (partner) (endpoint_events_behind)", "{{partner}}")],
        "Places of the log, of each partner's slowest endpoint; not all concern them.",
    )
    yield curves(
        "Deliveries that wait or are parked",
        [("max by (status) (deliveries_open)", "{{status}}")],
        "To be tried again, or given up.",
    )
    yield curves(
        "Rounds to endpoints, a minute",
        [a_minute('outside_calls_total{kind=~"deliver.*"}', "kind", "outcome")],
        "A round takes up to twenty seconds; `deliver_apart` is to those that fail or are slow.",
    )
    yield curves(
        "What partners send in, a minute",
        [a_minute('http_requests_total{route="/partners/v1/inbound"}', "status")],
        "Requests, by answer. Each line has a result of its own.",
    )
    yield curves(
        "The feed, a minute",
        [a_minute('http_requests_total{route="/partners/v1/feed"}', "status")],
        "Requests of those who read it.",
    )
    yield tasks_of("partners")
