"""The topics, and what Kafka is told of each."""

import pytest

from shared.contracts.topics import BY_NAME, TOPICS, configs

DAY = 86_400_000
SERVICES = [
    "registration",
    "billing",
    "attendance",
    "certificates",
    "notifications",
    "partners",
    "web",
]


def test_there_are_eleven_topics_of_events_and_two_of_every_service():
    assert len(BY_NAME) == len(TOPICS) == 11 + 2 * 7
    for service in SERVICES:
        assert BY_NAME[f"{service}.tasks"].owner == service
        assert BY_NAME[f"{service}.dead-letters"].kind == "dead-letters"


@pytest.mark.parametrize("name", ["registration.courses", "registration.people", "partners.keys"])
def test_state_topics_are_compacted_and_keep_tombstones_as_long_as_inboxes(name):
    told = BY_NAME[name].configs(1)
    assert told["cleanup.policy"] == "compact"
    assert told["delete.retention.ms"] == str(45 * DAY)
    assert told["max.compaction.lag.ms"] == str(7 * DAY)


@pytest.mark.parametrize(
    "name", [topic.name for topic in TOPICS if topic.kind in {"facts", "tasks"}]
)
def test_facts_are_kept_for_ever_and_never_compacted(name):
    told = BY_NAME[name].configs(1)
    assert told["cleanup.policy"] == "delete"
    assert told["retention.ms"] == told["retention.bytes"] == "-1"


@pytest.mark.parametrize("name", ["partners.inbound", *(f"{s}.dead-letters" for s in SERVICES)])
def test_what_may_hold_personal_data_as_sent_is_kept_thirty_days(name):
    assert BY_NAME[name].configs(1)["retention.ms"] == str(30 * DAY)


def test_dead_letters_take_a_record_of_any_topic_with_room_for_the_reason():
    for topic in TOPICS:
        largest = int(topic.configs(1)["max.message.bytes"])
        if topic.kind == "dead-letters":
            assert largest == 2 * 1024 * 1024
        else:
            assert 1_000_000 <= largest <= 1_048_576


def test_twelve_partitions_for_what_grows_three_for_the_rest():
    assert {name for name, (partitions, _) in configs(1).items() if partitions == 12} == {
        "registration.people",
        "registration.registrations",
        "billing.registrations",
        "billing.credits",
        "attendance.sessions",
        "attendance.records",
        "certificates.certificates",
        "notifications.messages",
        "partners.inbound",
    }
    assert {partitions for partitions, _ in configs(1).values()} == {3, 12}


@pytest.mark.parametrize(("replication", "in_sync"), [(1, "1"), (2, "1"), (3, "2")])
def test_in_sync_replicas_follow_the_replication(replication, in_sync):
    assert BY_NAME["billing.credits"].configs(replication)["min.insync.replicas"] == in_sync
