"""Workers that come and go: what is counted of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from faststream.kafka import KafkaBroker

from bench import manning, stationed

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_how_long_events_waited_that_were_said_meanwhile() -> None:
    said = {"before": at(0), "first": at(10), "in": at(12), "last": at(20), "after": at(21)}
    done = {"before": at(9), "first": at(10.5), "in": at(19), "last": at(20.25), "after": at(40)}
    assert manning.waited(said, done, at(10), at(20)) == [0.5, 7, 0.25]


def test_one_that_was_never_handled_is_found_whenever_it_was_said() -> None:
    said = {"a": at(0), "b": at(1)}
    with pytest.raises(AssertionError, match="1 of 2 were never handled"):
        manning.waited(said, {"b": at(2)}, at(1), at(1))


async def test_what_came_twice_is_read_of_the_metrics() -> None:
    class Asked:
        def ask(self, path: str) -> tuple[int, bytes]:
            assert path == "metrics"
            return 200, (
                b"# HELP inbox_duplicates_total Records\n# TYPE inbox_duplicates_total counter\n"
                b"inbox_duplicates_total 7.0\ninbox_duplicates_created 1.0\n"
            )

    made: Any = Asked()
    assert await manning._twice(made) == 7


async def test_another_assignor_is_told_in_place_of_the_services_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(KafkaBroker, "subscriber", KafkaBroker.subscriber)
    stationed.station("sticky")
    broker = KafkaBroker("127.0.0.1:9")
    subscriber = broker.subscriber("a", group_id="g", partition_assignment_strategy=())
    told = subscriber._connection_args
    assert told["partition_assignment_strategy"] == (stationed.ASSIGNORS["sticky"],)
