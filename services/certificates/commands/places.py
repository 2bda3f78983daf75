"""Places in the status lists: each certificate has one for ever, and no two the same."""

from __future__ import annotations

from services.certificates.commands.office import Office
from services.certificates.domain.status import place_of
from services.certificates.models import StatusCounter
from shared.runtime.rows import replace
from shared.runtime.work import Work


def place_in_list(work: Work, office: Office, year: int) -> tuple[str, int]:
    """The next place of the year's status lists: (list, index)."""
    counter = work.get(StatusCounter, year) or StatusCounter(year=year, seed=office.seed(year))
    work.put(replace(counter, taken=counter.taken + 1))
    return place_of(counter.seed or office.secret, year, counter.taken)
