"""A service as it is, but for how partitions of its group are dealt out.

    BENCH_ASSIGNOR=sticky python -m bench.stationed SERVICE

By another of aiokafka's assignors. The services have no setting for that: what it would bring, and
cost, is measured first.
"""

from __future__ import annotations

import os
import runpy
import sys
from typing import Any

from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from faststream.kafka import KafkaBroker

ASSIGNORS = {"range": RangePartitionAssignor, "sticky": StickyPartitionAssignor}


def station(assignor: str) -> None:
    """From here on each subscriber of this process has its partitions by that one."""
    told = {"partition_assignment_strategy": (ASSIGNORS[assignor],)}
    before = KafkaBroker.subscriber

    def subscriber(broker: KafkaBroker, *topics: str, **options: Any) -> Any:
        return before(broker, *topics, **(options | told))

    setattr(KafkaBroker, "subscriber", subscriber)  # noqa: B010 (no type fits what replaces it)


if __name__ == "__main__":
    station(os.environ["BENCH_ASSIGNOR"])
    runpy.run_module(f"services.{sys.argv[1]}.app", run_name="__main__")
