"""The pipeline: what runs underneath, the same for all services."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.grafana.asked import a_minute, a_second, on_average
from deploy.grafana.panels import Json, curves, number

MEANS = "Whether each service is well, hears the others, is heard, and keeps its deadlines."


def panels() -> Iterable[Json]:
    """What runs underneath, the same for all services."""
    yield number(
        "Processes not ready",
        "count(service_ready == 0) or vector(0)",
        "/<service>/health/ready says why.",
        bad=1,
    )
    yield number(
        "The oldest event that waits",
        "max(consumer_oldest_seconds)",
        "Said by one service, not yet handled by another: bin/holdfast lag",
        unit="s",
        bad=120,
    )
    yield number(
        "The oldest outbox row",
        "max(outbox_oldest_seconds)",
        "Committed, and not yet taken by Kafka.",
        unit="s",
        bad=120,
    )
    yield number(
        "Given up in this time",
        'sum(increase(records_handled_total{outcome="dead"}[$__range]))',
        "Dead letters: bin/holdfast dead-letters list",
        bad=1,
    )
    yield curves(
        "Events that wait, by who is to hear them",
        [("max by (job) (consumer_lag_records)", "{{job}}")],
        "Records behind the committed offsets of each service.",
    )
    yield curves(
        "How long the oldest has waited",
        [("max by (job) (consumer_oldest_seconds)", "{{job}}")],
        "At least: a worker that starts knows nothing of before.",
        unit="s",
        line=120,
    )
    yield curves(
        "What Kafka has not taken yet",
        [("max by (job) (outbox_pending)", "{{job}}")],
        "Rows of each outbox. At 200,000 a service takes nothing more on.",
    )
    yield curves(
        "How long the oldest row has waited",
        [("max by (job) (outbox_oldest_seconds)", "{{job}}")],
        "And with it whatever others wait for.",
        unit="s",
        line=120,
    )
    yield curves(
        "Events said, a second",
        [a_second("relay_sent_total", "job")],
        "Acknowledged by Kafka.",
    )
    yield curves(
        "Events handled, a second",
        [a_second("records_handled_total", "job", "outcome")],
        "For the first time; `dead` went to the dead letters.",
    )
    yield curves(
        "How late deadlines are",
        [("topk(8, max by (job, kind) (due_late_seconds) > 1)", "{{job}} {{kind}}")],
        "The oldest of each kind that is not done.",
        unit="s",
        line=300,
    )
    yield curves(
        "Calls outside that failed, a minute",
        [a_minute('outside_calls_total{outcome!="succeeded"}', "job", "kind", "outcome")],
        "To the gateway, mail servers, meeting platforms, endpoints.",
    )
    yield curves(
        "Requests, a second",
        [a_second("http_requests_total", "job")],
        "Health and metrics among them.",
    )
    yield curves(
        "The slowest twentieth of requests",
        [
            (
                f"histogram_quantile(0.95, {a_second('http_seconds_bucket', 'job', 'le')[0]})",
                "{{job}}",
            )
        ],
        "95 of 100 are answered within this.",
        unit="s",
    )
    yield curves(
        "Units in one transaction",
        [on_average("batch_units", "job", "kind")],
        "On average: events, requests and deadlines go through the database in batches.",
    )
    yield curves(
        "Connections to the database server",
        [
            ("max by (job) (database_server_connections)", "{{job}}"),
            ("min(database_server_connections_most)", "what it allows"),
        ],
        "All of its clients together, as each service sees its own server.",
    )
