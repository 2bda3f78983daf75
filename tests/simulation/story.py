"""A story: what is to happen, as data. Drawn from a seed once, before anything happens.

A step is its kind and a number from which it draws all it has to choose, in the world as it then
is. So a step that is left out changes nothing of the others' chances, and any part of a story is a
story: that is what shrinking needs.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

# How likely each kind of step is in each part of a course's life: before its first session, between
# its sessions, after the last.
WORK = {
    "relay": 9,
    "hear": 30,
    "sweep": 7,
    "call": 10,
    "webhooks": 6,
    "round": 6,
    "abreast": 6,
    "again": 2,
    "compact": 0.5,
    "forget": 0.3,
    "away": 1,
    "deaf": 1,
    "retry": 3,
    "next_due": 6,
    "minutes": 3,
    "hours": 2,
}
MONEY = {
    "goodwill": 0.7,
    "goodwill_credit": 0.5,
    "bank_payment": 1.2,
    "retry_refund": 1,
    "settle_by_hand": 0.7,
    "dispute": 0.8,
    "bank_returns": 0.8,
}
BEFORE = {
    "register": 14,
    "group": 1.5,
    "inbound": 1,
    "pay": 16,
    "cancel": 2,
    "substitute": 2,
    "transfer": 2.5,
    "accept": 4,
    "acknowledge": 2,
    "links": 0.5,
    "correct_person": 1,
    "merge": 1.5,
    "prefer": 2,
    "erase": 0.3,
    "capacity": 1.5,
    "disclosure": 1,
    "move": 1.5,
    "cancel_session": 1,
    "cancel_course": 0.5,
    "staff_cancel": 0.8,
    "swap_meeting": 0.5,
    "days": 4,
}
BETWEEN = {
    "observe": 8,
    "correct_attendance": 2,
    "staff_cancel": 1,
    "pay": 2,
    "correct_person": 0.5,
    "swap_meeting": 1,
    "report": 2,
    "reported": 1.5,
    "complete": 1.5,
    "evaluate": 2,
    "move": 0.7,
    "acknowledge": 1,
    "cancel": 1,
}
AFTER = {
    "observe": 4,
    "report": 2,
    "reported": 1.5,
    "complete": 1,
    "evaluate": 10,
    "claim": 3,
    "participation": 3,
    "erase": 1.5,
    "correct_attendance": 2,
    "correct_person": 1,
    "supersede": 2,
    "revoke": 2,
    "staff_cancel": 1,
    "days": 4,
}
SETTLED = {"evaluate": 10, "claim": 2}
# At the beginning things follow from one another at once: who does not pay loses the seat.
FIRST = {"register": 12, "pay": 12, "group": 1, "goodwill_credit": 1}
HURRIED = {k: v for k, v in WORK.items() if k not in {"next_due", "minutes", "hours"}}
KINDS = sorted({"attend", "until", *WORK, *MONEY, *BEFORE, *BETWEEN, *AFTER})


@dataclass(frozen=True)
class Step:
    """One thing that happens. `draw` is what its choices come from, `about` what it is for."""

    kind: str
    draw: int
    about: str = ""


@dataclass(frozen=True)
class Story:
    """A seed's setting and steps, or what is left of them."""

    seed: int
    steps: tuple[Step, ...]

    def text(self) -> str:
        """As it can be kept and told again."""
        return json.dumps({"seed": self.seed, "steps": [list(_values(s)) for s in self.steps]})

    @staticmethod
    def of(text: str) -> Story:
        """What `text` gave."""
        told = json.loads(text)
        return Story(told["seed"], tuple(Step(*each) for each in told["steps"]))


@dataclass(frozen=True)
class Setting:
    """The course and the circumstances of a history."""

    sessions: int
    days_ahead: int  # of the first session, from the first step
    days_apart: int
    capacity: int
    price: int
    with_platform: bool  # whether reports are fetched, or brought by staff
    rough: float  # how often what can go wrong does: 0 to 1
    punctual: float  # how often work is done when it is due, rather than later

    def shown(self) -> dict[str, Any]:
        return asdict(self)


def setting_of(seed: int) -> Setting:
    """The setting of a seed."""
    chance = random.Random(f"setting/{seed}")
    return Setting(
        sessions=chance.choices([1, 2, 3], [4, 5, 1])[0],
        days_ahead=chance.choice([4, 12, 16, 21, 30]),
        days_apart=chance.choice([1, 7]),
        capacity=chance.choice([1, 2, 4, 6]),
        price=chance.choices([0, 2500, 19900], [1, 3, 6])[0],
        with_platform=chance.random() < 0.6,
        rough=chance.choice([0.0, 0.05, 0.15, 0.3]),
        punctual=chance.choice([0.5, 0.9, 1.0]),
    )


def story_of(seed: int) -> Story:
    """The story of a seed, whole."""
    return Story(seed, tuple(_steps(seed)))


def _steps(seed: int) -> Iterator[Step]:
    chance = random.Random(f"story/{seed}")
    setting = setting_of(seed)
    yield from _some(chance, 20, FIRST, HURRIED)
    yield from _some(chance, 22, {**BEFORE, **MONEY}, WORK)
    for number in range(1, setting.sessions + 1):
        yield Step("until", chance.getrandbits(48), f"s{number}/open")
        yield Step("round", chance.getrandbits(48))
        yield Step("attend", chance.getrandbits(48), f"s{number}")
        yield from _some(chance, 4, BETWEEN, WORK)
        yield Step("until", chance.getrandbits(48), f"s{number}/end")
        if chance.random() < 0.7:
            yield Step("report", chance.getrandbits(48), f"s{number}")
        yield from _some(chance, 6, {**BETWEEN, **MONEY}, WORK)
    # So that there are certificates to speak of: it is settled who was there, and some evaluate.
    yield Step("until", chance.getrandbits(48), f"s{setting.sessions}/settled")
    yield Step("round", chance.getrandbits(48))
    yield from _some(chance, 8, SETTLED, HURRIED)
    yield Step("round", chance.getrandbits(48))
    yield Step("round", chance.getrandbits(48))
    yield from _some(chance, 14, {**AFTER, **MONEY}, WORK)


def _some(
    chance: random.Random, many: int, acts: dict[str, float], work: dict[str, float]
) -> Iterator[Step]:
    """So many steps, about as many of people as of machines."""
    for _ in range(many):
        likely = acts if chance.random() < 0.5 else work
        [kind] = chance.choices(list(likely), list(likely.values()))
        yield Step(kind, chance.getrandbits(48))


def _values(step: Step) -> tuple[Any, ...]:
    return (step.kind, step.draw, step.about) if step.about else (step.kind, step.draw)
