"""What a board asks for and whom it serves, in plain words from the course's data (domain.md §6).

Nothing is decided here: what is not known is left out, and what a board decides stays its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.web.domain.choices import STATES

_STATES = dict(STATES)
_PLURALS = {
    "mft": "marriage and family therapists",
    "other": "people of other professions",
}
_MODES = {
    "ALL_OR_NOTHING": "Attend every session; there is no partial credit.",
    "PER_SESSION": "Each session you attend counts.",
    "PRO_RATA": "The time you attend counts, in steps of {step}.",
    "CLAIMED": "You claim credit for the time you attend, in steps of {step}.",
}
_FORMATS = {
    "live_online": "live online",
    "in_person": "in person",
    "recorded": "recorded",
    "mixed": "in person and online",
}


@dataclass(frozen=True, slots=True)
class PostTest:
    """A post-test: `formats` are the deliveries that need it, empty for all."""

    pass_percent: int
    attempts: int | None
    formats: Collection[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """Of a board's rule what a reader wants to know; `max_missed` is in seconds, None as usual."""

    mode: str
    step: Decimal
    max_missed: int | None
    evaluation: bool
    test: PostTest | None
    formats: Collection[str]


def serves(professions: Sequence[str], states: Mapping[str, Collection[str]] | None) -> str:
    """`Counselors and nurses licensed outside New York.`; everyone where nobody is named."""
    whom = _listed([_plural(one) for one in professions]) if professions else "everyone"
    if states and states.get("in"):
        whom += f" licensed in {_listed([_STATES.get(s, s) for s in states['in']], 'or')}"
    elif states and states.get("not"):
        whom += f" licensed outside {_listed([_STATES.get(s, s) for s in states['not']])}"
    return f"{whom[:1].upper()}{whom[1:]}."


def asks(rule: Rule, deliveries: Collection[str], usual: int | None) -> list[str]:
    """What one has to do for credit, a sentence each.

    `deliveries` are those of the course's sessions, `usual` the seconds that may be missed where
    the board says nothing.
    """
    said = []
    if rule.mode in _MODES:
        said.append(_MODES[rule.mode].format(step=f"{rule.step.normalize():f}"))
    if rule.max_missed is not None and rule.max_missed != usual:
        said.append(may_miss(rule.max_missed))
    if rule.evaluation:
        said.append("Hand in the evaluation.")
    if rule.test is not None:
        said.append(_tested(rule.test, deliveries))
    if rule.formats and "mixed" not in rule.formats and not set(deliveries) <= set(rule.formats):
        said.append(f"Only what is {_listed([_format(one) for one in rule.formats], 'or')} counts.")
    return said


def may_miss(seconds: int) -> str:
    """`A session counts as attended if you miss at most 15 minutes of it.`"""
    if not seconds:
        return "A session counts as attended only if you miss nothing of it."
    return f"A session counts as attended if you miss at most {_lasting(seconds)} of it."


def usual_missed(rules: Iterable[int]) -> int | None:
    """What may be missed of every session, in seconds; None where it differs between them."""
    each = set(rules)
    return each.pop() if len(each) == 1 else None


def by_category(categories: Iterable[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """`(ethics, 2)`: the hours in each category, over all sessions, in the order of the course."""
    sums: dict[str, Decimal] = {}
    for name, hours in categories:
        sums[name] = sums.get(name, Decimal(0)) + hours
    return [(name.replace("_", " "), hours) for name, hours in sums.items()]


def _tested(test: PostTest, deliveries: Collection[str]) -> str:
    said = f"Pass the post-test: {test.pass_percent}% right answers"
    if test.attempts is not None:
        said += f", in {test.attempts} {'attempt' if test.attempts == 1 else 'attempts'}"
    if test.formats and not set(deliveries) <= set(test.formats):
        said += f" (for what is {_listed([_format(one) for one in test.formats], 'or')})"
    return f"{said}."


def _lasting(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    parts = [f"{minutes} {'minute' if minutes == 1 else 'minutes'}"] if minutes else []
    if rest:
        parts.append(f"{rest} {'second' if rest == 1 else 'seconds'}")
    return _listed(parts)


def _plural(profession: str) -> str:
    return _PLURALS.get(profession) or f"{profession.replace('_', ' ')}s"


def _format(delivery: str) -> str:
    return _FORMATS.get(delivery, delivery.replace("_", " "))


def _listed(names: Sequence[str], word: str = "and") -> str:
    *most, last = names
    return f"{', '.join(most)} {word} {last}" if most else last
