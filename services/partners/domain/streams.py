"""A partner's own topic: how long Kafka keeps what is in it, and what is refused (decision 108)."""

from __future__ import annotations

from shared.errors import Conflict, NotFound

KEPT_DAYS = 7  # where nobody says otherwise, as long as erased people stay in others' topics
LONGEST_DAYS = 365


class StreamUnknown(NotFound):
    """The partner has no topic."""

    slug = "stream-unknown"


class TopicMissing(Conflict):
    """What is said for a topic that Kafka does not have stands in the way of all else."""

    slug = "topic-missing"
