"""A service as it is, but for how its consumer is a member of its group.

    BENCH_MEMBER=worker-0 BENCH_ASSIGNOR=sticky python -m bench.stationed SERVICE

`BENCH_MEMBER` makes it a static member by that name, `BENCH_ASSIGNOR` deals partitions out by
another of aiokafka's assignors; either may be missing. The services have no setting for these: what
they would bring, and cost, is measured first.
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


def station(name: str = "", assignor: str = "") -> None:
    """From here on each subscriber of this process is such a member."""
    told: dict[str, Any] = {"group_instance_id": name} if name else {}
    told |= {"partition_assignment_strategy": (ASSIGNORS[assignor],)} if assignor else {}
    before = KafkaBroker.subscriber

    def subscriber(broker: KafkaBroker, *topics: str, **options: Any) -> Any:
        return before(broker, *topics, **(options | told))

    setattr(KafkaBroker, "subscriber", subscriber)  # noqa: B010 (no type fits what replaces it)


if __name__ == "__main__":
    station(os.environ.get("BENCH_MEMBER", ""), os.environ.get("BENCH_ASSIGNOR", ""))
    runpy.run_module(f"services.{sys.argv[1]}.app", run_name="__main__")
