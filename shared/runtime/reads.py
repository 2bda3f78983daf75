"""What of a database is shown as a metric: a statement, and the gauges that its columns are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Read:
    """Gauges that one statement gives: a row for each set of labels, a column for each label and
    each gauge, by its name. A NULL shows nothing.

    `statement` takes the business time as `$1`, where it wants it. It is run while people register
    and attend: it goes by an index through what is open, and through nothing that grows with the
    years.
    """

    gauges: Mapping[str, str]  # name → what it means
    statement: str
    labels: tuple[str, ...] = ()
