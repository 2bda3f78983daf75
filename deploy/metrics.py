"""`python -m deploy.metrics` writes docs/metrics.md: every metric there is, out of the code."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from prometheus_client.metrics import MetricWrapperBase

from shared.contracts.services import SERVICES
from shared.runtime import metrics
from shared.runtime.reads import Read

PAGE = Path(__file__).parents[1] / "docs" / "metrics.md"
MARK = "<!-- what the code says -->\n"
ONE_OR_NOT = ("service_ready", "service_info", "kafka_away")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, as Prometheus has it. `where` is `all`, or the service that shows it; `inside`:
    only who scrapes the process itself is shown it."""

    name: str
    kind: str
    labels: Sequence[str]
    means: str
    where: str
    inside: bool

    @property
    def unit(self) -> str:
        """By its name, as is usual with Prometheus."""
        if self.name in ONE_OR_NOT:
            return "1 or 0"
        if self.name.endswith("_seconds"):
            return "seconds"
        return "minor units" if self.name.endswith("_minor") else "how many"

    def series(self) -> set[str]:
        """The names under which queries find it."""
        if self.kind == "histogram":
            return {f"{self.name}_{end}" for end in ("bucket", "sum", "count")}
        return {self.name}


def known() -> list[Metric]:
    """All of them: the runtime's, then each service's."""
    found = list(_of(metrics, "all"))
    for service in SERVICES:
        if find_spec(f"services.{service}.metrics") is not None:
            found += _of(importlib.import_module(f"services.{service}.metrics"), service)
    return found


def _of(module: Any, where: str) -> Iterator[Metric]:
    inside = set(metrics.INSIDE._collector_to_names)
    for each in vars(module).values():
        if isinstance(each, MetricWrapperBase):
            name = f"{each._name}_total" if each._type == "counter" else each._name
            labels = each._labelnames
            yield Metric(name, str(each._type), labels, each._documentation, where, each in inside)
    read: Read
    for read in module.READS:
        for name, means in read.gauges.items():
            yield Metric(name, "gauge", read.labels, means, where, inside=True)


def page() -> str:
    """What stands below the mark."""
    parts, found = [], known()
    for where in ("all", *SERVICES):
        rows = sorted((one for one in found if one.where == where), key=lambda one: one.name)
        if rows:
            parts.append(f"## {'Every service' if where == 'all' else where}\n")
            parts.append("| metric | type | labels | unit | meaning |\n|---|---|---|---|---|")
            parts += [_row(one) for one in rows]
            parts.append("")
    return "\n".join(parts)


def _row(one: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in one.labels) or "–"
    name = f"`{one.name}`{' *' if one.inside else ''}"
    return f"| {name} | {one.kind} | {labels} | {one.unit} | {one.means} |"


if __name__ == "__main__":
    above = PAGE.read_text().partition(MARK)[0]
    PAGE.write_text(f"{above}{MARK}\n{page()}")
