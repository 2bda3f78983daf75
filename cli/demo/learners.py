"""The sixty learners: who they are, when they register, and what is particular about a few."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

FIRST_DAY = datetime(2020, 9, 1, 13, 0, tzinfo=UTC)  # 09:00 in New York

# How many of each: profession, state of the licence. Sixty in all.
GROUPS = [
    ("counselor", "NJ", 7),
    ("counselor", "CA", 4),
    ("counselor", "TX", 3),
    ("counselor", "NY", 8),
    ("addiction_counselor", "PA", 5),
    ("social_worker", "NY", 6),
    ("social_worker", "MA", 6),
    ("mft", "CA", 4),
    ("mft", "NY", 1),
    ("educator", "WA", 4),
    ("physician", "NY", 4),
    ("nurse", "OR", 4),
    ("psychologist", "IL", 4),
]
ZONES = {
    "CA": "America/Los_Angeles",
    "WA": "America/Los_Angeles",
    "OR": "America/Los_Angeles",
    "TX": "America/Chicago",
    "IL": "America/Chicago",
}
GIVEN = [
    *("Amara", "Benedikt", "Chiara", "Dmitri", "Eloïse", "Farah", "Gwen", "Hiroshi", "Inês"),
    *("Joaquín", "Katarzyna", "Liam", "Małgorzata", "Noor", "Oluwaseun", "Priya", "Quentin"),
    *("Rosa", "Søren", "Tariq"),
]
FAMILY = ["Abelson", "Núñez", "O'Connor-Hale"]


@dataclass(frozen=True)
class Learner:
    """One of the sixty. `at` is when they register; the flags say what is particular."""

    number: int
    name: str
    email: str
    profession: str
    state: str
    zone: str
    at: datetime
    declined_first: bool = False
    never_pays: bool = False
    cancels_at: datetime | None = None
    misses: frozenset[str] = frozenset()
    claims: str | None = None  # physicians: how many credits

    def attendee(self) -> dict[str, object]:
        """As `POST …/registrations` takes it."""
        licence = f"{self.state}-{41_000 + self.number}"
        return {
            "name": self.name,
            "email": self.email,
            "profession": self.profession,
            "licenses": [{"profession": self.profession, "state": self.state, "number": licence}],
            "zone": self.zone,
            "locale": "en",
        }


SESSIONS = ("s1", "s2", "s3", "s4")
ALL = frozenset(SESSIONS)

# What is particular about a few, by their number in the list below.
_MISSES_S3 = 0  # a New Jersey counselor
_DECLINED = (1, 14)  # counselors of New Jersey and of New York
_STAYS_AWAY = 22  # an addiction counselor
_CANCELS_EARLY = 44  # an educator: 2020-10-05 23:59 in New York
_CANCELS_LATE = 56  # a psychologist: 2020-10-06 00:01 in New York
_NEVER_PAYS = 52  # a nurse
_CLAIMS = {48: "8.00", 49: "8.00", 50: "8.00", 51: "6.50"}  # the physicians
_IN_LONDON = 34  # a Massachusetts social worker who spends the autumn in London


def learners() -> list[Learner]:
    """The sixty, two a day from the first of September, in the order in which they register."""
    made: list[Learner] = []
    numbers = count()
    for profession, state, many in GROUPS:
        for _ in range(many):
            n = next(numbers)
            made.append(_learner(n, profession, state))
    spread = [made[(n * 7) % 60] for n in range(60)]  # professions mixed over the month
    return [_at(learner, place) for place, learner in enumerate(spread)]


def _learner(n: int, profession: str, state: str) -> Learner:
    name = f"{GIVEN[n % len(GIVEN)]} {FAMILY[n // len(GIVEN)]}"
    cancels = None
    if n == _CANCELS_EARLY:
        cancels = datetime(2020, 10, 6, 3, 59, tzinfo=UTC)
    if n == _CANCELS_LATE:
        cancels = datetime(2020, 10, 6, 4, 1, tzinfo=UTC)
    return Learner(
        number=n,
        name=name,
        email=f"learner{n:02}@example.org",
        profession=profession,
        state=state,
        zone="Europe/London" if n == _IN_LONDON else ZONES.get(state, "America/New_York"),
        at=FIRST_DAY,
        declined_first=n in _DECLINED,
        never_pays=n == _NEVER_PAYS,
        cancels_at=cancels,
        misses=ALL if n == _STAYS_AWAY else frozenset({"s3"} if n == _MISSES_S3 else ()),
        claims=_CLAIMS.get(n),
    )


def _at(learner: Learner, place: int) -> Learner:
    day, second = divmod(place, 2)
    at = FIRST_DAY + timedelta(days=day, hours=5 * second, minutes=7 * (day % 5))
    return Learner(**{**learner.__dict__, "at": at})
