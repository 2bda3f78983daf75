"""What of notifications operators watch: messages that are late, those that failed, the mailbox."""

from __future__ import annotations

from shared.contracts.catalogue import said_by
from shared.runtime import metrics
from shared.runtime.reads import Read

for _event in said_by("notifications"):  # or the first of a type would be no increase
    metrics.events_sent.labels(_event.type)


_WAITING = """
SELECT count(*) AS messages_waiting,
  coalesce(extract(epoch FROM $1 - min(due_at)), 0) AS messages_late_seconds
FROM messages WHERE state = 'planned' AND due_at <= $1
"""
_FAILED = """
SELECT count(*) AS messages_failed_a_day FROM messages
WHERE state = 'failed' AND due_at > $1::timestamptz - interval '1 day'
"""
_AWAY = """
SELECT coalesce(extract(epoch FROM $1 - min(away_since)), 0) AS mailbox_away_seconds
FROM post_boxes
"""
READS = (
    Read(
        {
            "messages_waiting": "Messages whose time has come and that are not under way yet",
            "messages_late_seconds": "How long ago the oldest of them should have gone out",
        },
        _WAITING,
    ),
    Read(
        {"messages_failed_a_day": "Messages of the last day that were given up"},
        _FAILED,
    ),
    Read(
        {"mailbox_away_seconds": "Since when the mailbox of bounces could not be read"},
        _AWAY,
    ),
)
