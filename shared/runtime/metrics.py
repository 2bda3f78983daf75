"""All metrics of the runtime, in one list. Names and labels hold no personal data and no ids.

Counters, and gauges of what a process knows of itself, stand here as such. What stands in the
database is read when somebody scrapes (`watching.py`): `READS`. A service adds what is its
business in its own `metrics.py`; business is counted in `INSIDE`, which no front door shows.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

from shared.runtime.deadlines import ALL_LANES
from shared.runtime.reads import Read

disable_created_metrics()  # type: ignore[no-untyped-call]  # nobody asks when
INSIDE = CollectorRegistry()  # how much is done: nobody's outside

records_handled = Counter(
    "records_handled_total", "Records handled for the first time, by outcome", ["outcome"]
)
for _outcome in ("done", "dead"):  # or the first of a kind would be no increase
    records_handled.labels(_outcome)
inbox_duplicates = Counter("inbox_duplicates_total", "Records that had been handled before")
records_ignored = Counter("records_ignored_total", "Records of types that nobody here hears")
dead_letters = Counter("dead_letters_total", "Records given up, by reason", ["reason"])
consumer_lag = Gauge("consumer_lag_records", "Records of the consumer group not yet handled")
consumer_oldest = Gauge(
    "consumer_oldest_seconds",
    "How long the oldest record not yet handled has waited, as far as this process has seen",
)
consumer_behind = Gauge(
    "consumer_behind_seconds", "From the appending of the last handled record to its handling"
)
kafka_away = Gauge("kafka_away", "1 while Kafka does not say how far the consumer is behind")
batch_units = Histogram(
    "batch_units", "Units in one transaction", ["kind"], buckets=(1, 2, 5, 10, 25, 50, 100, 300)
)
batch_seconds = Histogram("batch_seconds", "Seconds of one transaction", ["kind"])
outbox_oldest = Gauge(
    "outbox_oldest_seconds",
    "How long the oldest outbox row has waited for Kafka, as far as this process has seen",
)
relay_quiet = Gauge("relay_quiet_seconds", "Seconds since the relay last came through")
relay_sent = Counter("relay_sent_total", "Outbox rows acknowledged by Kafka")
relay_failures = Counter("relay_failures_total", "Rounds of the relay that failed", ["error"])
events_sent = Counter(
    "events_sent_total",
    "Events acknowledged by Kafka, by type; one that is sent again after a crash counts again",
    ["type"],
    registry=INSIDE,
)
due_done = Counter("due_done_total", "Deadlines done", ["kind"])
outside_calls = Counter(
    "outside_calls_total", "Calls to the outside, by outcome", ["kind", "outcome"]
)
outside_failed = Counter(
    "outside_failed_total",
    "Calls to the outside that did not succeed, whatever the outcome",
    ["kind"],
)
http_requests = Counter("http_requests_total", "Requests answered", ["route", "method", "status"])
http_seconds = Histogram("http_seconds", "Seconds to answer a request", ["route", "method"])
service_ready = Gauge(
    "service_ready", "1 while the process is ready; `/health/ready` says why it is not"
)
service_info = Gauge(
    "service_info",
    "Always 1: the role of the process, whether its clock is the sandbox's, and whether its"
    " public address is one that others can reach",
    ["role", "sandbox", "public"],
)
reads_failed = Counter(
    "metrics_reads_failed_total", "Looks at the database for metrics that failed"
)

# From lane to lane by hops in the index of `due`, as the sweep goes: what is planned for later is
# not read, however much that is.
_OVERDUE = f"""
{ALL_LANES}
SELECT l.kind, sum(d.n) AS due_overdue,
  coalesce(extract(epoch FROM $1::timestamptz - min(d.first)), 0) AS due_late_seconds
FROM lanes l CROSS JOIN LATERAL (
  SELECT count(*) AS n, min(due_at) AS first FROM due
  WHERE due.kind = l.kind AND due.lane = l.lane AND due_at <= $1) d
GROUP BY l.kind
"""
_PENDING = """
SELECT count(*) AS outbox_pending FROM (SELECT 1 FROM outbox LIMIT 200000) waiting
"""
_TASKS = """
SELECT kind, count(*) AS tasks_open, count(*) FILTER (WHERE due_at < $1) AS tasks_overdue
FROM tasks WHERE closed_at IS NULL GROUP BY kind
"""
_CONNECTIONS = """
SELECT sum(numbackends) AS database_server_connections,
  current_setting('max_connections')::int
  - current_setting('superuser_reserved_connections')::int AS database_server_connections_most
FROM pg_stat_database
"""
READS = (
    Read(
        {"outbox_pending": "Outbox rows not yet acknowledged by Kafka (200,000: or more)"},
        _PENDING,
    ),
    Read(
        {
            "due_overdue": "Deadlines that have passed and are not yet done, by kind",
            "due_late_seconds": "How long ago the oldest of them was due",
        },
        _OVERDUE,
        labels=("kind",),
    ),
    Read(
        {
            "tasks_open": "Tasks that need a human, by kind",
            "tasks_overdue": "Those of them whose own time is over",
        },
        _TASKS,
        labels=("kind",),
    ),
    Read(
        {
            "database_server_connections": "Connections to the service's database server, of all",
            "database_server_connections_most": "How many of them it allows",
        },
        _CONNECTIONS,
    ),
)
