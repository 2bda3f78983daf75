"""The ledger: what somebody was told had been done. Written before anything is checked, and by
nobody but the load: what the system says of itself is held against it."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Entry:
    """One registration; each flag is an answer of success that arrived."""

    registration_id: str
    course_id: str
    email: str
    token: str = ""
    status: str = ""
    checkout: str = ""
    paid: bool = False
    cancelled: bool = False
    present: bool = False
    evaluated: bool = False
    refused: list[str] = field(default_factory=list)  # by a rule, in words


@dataclass
class Ledger:
    """All entries by registration; observations by id; answers that were no answer, by status."""

    entries: dict[str, Entry] = field(default_factory=dict)
    observations: set[str] = field(default_factory=set)
    no_answer: dict[str, int] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)  # asked for long, and never told

    def keep(self, entry: Entry) -> Entry:
        """A registration that was answered with success. Raises where the answer names one that
        somebody else was given."""
        before = self.entries.get(entry.registration_id)
        if before is not None and before.email != entry.email:
            raise AssertionError(f"{entry.email} was given the registration of {before.email}")
        self.entries[entry.registration_id] = entry
        return entry

    def missed(self, why: str) -> None:
        """One more try that was not answered, or with "later"."""
        self.no_answer[why] = self.no_answer.get(why, 0) + 1

    def of(self, course_id: str) -> list[Entry]:
        return [one for one in self.entries.values() if one.course_id == course_id]

    def counts(self) -> dict[str, int]:
        """How many answers of success there were, by what was asked."""
        ones = self.entries.values()
        return {
            "registrations": len(ones),
            "payments": sum(one.paid for one in ones),
            "cancellations": sum(one.cancelled for one in ones),
            "evaluations": sum(one.evaluated for one in ones),
            "observations": len(self.observations),
        }

    def save(self, path: Path) -> None:
        told = {"no_answer": self.no_answer, "unanswered": self.unanswered}
        entries = [asdict(one) for one in self.entries.values()]
        path.write_text(json.dumps(told | {"entries": entries}, indent=1))
