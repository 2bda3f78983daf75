"""A partner's own topic: how long Kafka keeps what is in it, and what is refused (decision 108)."""

from __future__ import annotations

from shared.errors import Conflict, NotFound

KEPT_DAYS = 7  # where nobody says otherwise, as AsyncAPI says, too
LONGEST_DAYS = 365


class StreamUnknown(NotFound):
    """The partner has no topic."""

    slug = "stream-unknown"


class TopicMissing(Conflict):
    """Nothing can be written to a topic that Kafka does not have."""

    slug = "topic-missing"
