"""All metrics of the runtime, in one list. Names and labels hold no personal data and no ids."""

from prometheus_client import Counter, Gauge, Histogram

records_handled = Counter(
    "records_handled_total", "Records handled for the first time, by outcome", ["outcome"]
)
inbox_duplicates = Counter("inbox_duplicates_total", "Records that had been handled before")
records_ignored = Counter("records_ignored_total", "Records of types that nobody here hears")
dead_letters = Counter("dead_letters_total", "Records given up, by reason", ["reason"])
consumer_lag = Gauge("consumer_lag_records", "Records in assigned partitions, not yet handled")
consumer_behind = Gauge(
    "consumer_behind_seconds", "From the appending of the last handled record to its handling"
)
batch_units = Histogram(
    "batch_units", "Units in one transaction", ["kind"], buckets=(1, 2, 5, 10, 25, 50, 100, 300)
)
batch_seconds = Histogram("batch_seconds", "Seconds of one transaction", ["kind"])
outbox_pending = Gauge("outbox_pending", "Outbox rows not yet acknowledged by Kafka")
outbox_oldest_seconds = Gauge("outbox_oldest_seconds", "Seconds the relay has been without success")
relay_sent = Counter("relay_sent_total", "Outbox rows acknowledged by Kafka")
relay_failures = Counter("relay_failures_total", "Rounds of the relay that failed", ["error"])
due_overdue = Gauge("due_overdue", "Deadlines that have passed and are not yet done")
due_done = Counter("due_done_total", "Deadlines done", ["kind"])
outside_calls = Counter(
    "outside_calls_total", "Calls to the outside, by outcome", ["kind", "outcome"]
)
http_requests = Counter("http_requests_total", "Requests answered", ["route", "method", "status"])
http_seconds = Histogram("http_seconds", "Seconds to answer a request", ["route", "method"])
