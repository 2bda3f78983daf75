"""A service as it is, whose consumer is a static member of its group by the name it is given.

    BENCH_MEMBER=worker-0 python -m bench.stationed SERVICE

The services have no setting for that: what it would bring, and cost, is measured first.
"""

from __future__ import annotations

import os
import runpy
import sys
from functools import partialmethod

from faststream.kafka import KafkaBroker


def station(name: str) -> None:
    """From here on each subscriber of this process is that member."""
    named = partialmethod(KafkaBroker.subscriber, group_instance_id=name)
    setattr(KafkaBroker, "subscriber", named)  # noqa: B010 (no type fits what replaces a method)


if __name__ == "__main__":
    station(os.environ["BENCH_MEMBER"])
    runpy.run_module(f"services.{sys.argv[1]}.app", run_name="__main__")
