"""What a board asks for and whom it serves, in plain words from the course's data (domain.md §6).

Nothing is decided here: what is not known is left out, and what a board decides stays its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.web.domain.choices import STATES
from services.web.domain.said import ENGLISH, Tongue, marked

_STATES = dict(STATES)
# Several people of a profession, as they stand within a sentence.
_PLURALS = {
    "counselor": marked("counselors"),
    "addiction_counselor": marked("addiction counselors"),
    "social_worker": marked("social workers"),
    "mft": marked("marriage and family therapists"),
    "psychologist": marked("psychologists"),
    "physician": marked("physicians"),
    "nurse": marked("nurses"),
    "educator": marked("educators"),
    "other": marked("people of other professions"),
}
_MODES = {
    "ALL_OR_NOTHING": marked("Attend every session; there is no partial credit."),
    "PER_SESSION": marked("Each session you attend counts."),
    "PRO_RATA": marked("The time you attend counts, in steps of %(step)s."),
    "CLAIMED": marked("You claim credit for the time you attend, in steps of %(step)s."),
}
_FORMATS = {
    "live_online": marked("live online"),
    "in_person": marked("in person"),
    "recorded": marked("recorded"),
    "mixed": marked("in person and online"),
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


def serves(
    professions: Sequence[str],
    states: Mapping[str, Collection[str]] | None,
    tongue: Tongue = ENGLISH,
) -> str:
    """`counselors and nurses licensed outside New York`; everyone where nobody is named. As it
    stands within a sentence."""
    say = tongue.say
    named = [_plural(one, tongue) for one in professions]
    whom = _and(named, tongue) if named else say("everyone")
    if states and states.get("in"):
        places = _or([_STATES.get(s, s) for s in states["in"]], tongue)
        return say("%(whom)s licensed in %(places)s", whom=whom, places=places)
    if states and states.get("not"):
        places = _and([_STATES.get(s, s) for s in states["not"]], tongue)
        return say("%(whom)s licensed outside %(places)s", whom=whom, places=places)
    return whom


def asks(
    rule: Rule, deliveries: Collection[str], usual: int | None, tongue: Tongue = ENGLISH
) -> list[str]:
    """What one has to do for credit, a sentence each.

    `deliveries` are those of the course's sessions, `usual` the seconds that may be missed where
    the board says nothing.
    """
    said, say = [], tongue.say
    if rule.mode in _MODES:
        said.append(say(_MODES[rule.mode], step=f"{rule.step.normalize():f}"))
    if rule.max_missed is not None and rule.max_missed != usual:
        said.append(may_miss(rule.max_missed, tongue))
    if rule.evaluation:
        said.append(say("Hand in the evaluation."))
    if rule.test is not None:
        said.append(_tested(rule.test, deliveries, tongue))
    if rule.formats and "mixed" not in rule.formats and not set(deliveries) <= set(rule.formats):
        formats = _or([_format(one, tongue) for one in rule.formats], tongue)
        said.append(say("Only what is %(formats)s counts.", formats=formats))
    return said


def may_miss(seconds: int, tongue: Tongue = ENGLISH) -> str:
    """`A session counts as attended if you miss at most 15 minutes of it.`"""
    if not seconds:
        return tongue.say("A session counts as attended only if you miss nothing of it.")
    return tongue.say(
        "A session counts as attended if you miss at most %(time)s of it.",
        time=_lasting(seconds, tongue),
    )


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


def _tested(test: PostTest, deliveries: Collection[str], tongue: Tongue) -> str:
    names: dict[str, object] = {"percent": test.pass_percent}
    if test.formats and not set(deliveries) <= set(test.formats):
        names["formats"] = _or([_format(one, tongue) for one in test.formats], tongue)
    if test.attempts is None and "formats" in names:
        return tongue.say(
            "Pass the post-test: %(percent)s%% right answers (for what is %(formats)s).", **names
        )
    if test.attempts is None:
        return tongue.say("Pass the post-test: %(percent)s%% right answers.", **names)
    if "formats" in names:
        return tongue.say_n(
            "Pass the post-test: %(percent)s%% right answers, in %(number)s attempt"
            " (for what is %(formats)s).",
            "Pass the post-test: %(percent)s%% right answers, in %(number)s attempts"
            " (for what is %(formats)s).",
            test.attempts,
            **names,
        )
    return tongue.say_n(
        "Pass the post-test: %(percent)s%% right answers, in %(number)s attempt.",
        "Pass the post-test: %(percent)s%% right answers, in %(number)s attempts.",
        test.attempts,
        **names,
    )


def _lasting(seconds: int, tongue: Tongue) -> str:
    minutes, rest = divmod(seconds, 60)
    parts = []
    if minutes:
        parts.append(tongue.say_n("%(number)s minute", "%(number)s minutes", minutes))
    if rest:
        parts.append(tongue.say_n("%(number)s second", "%(number)s seconds", rest))
    return _and(parts, tongue)


def _plural(profession: str, tongue: Tongue) -> str:
    known = _PLURALS.get(profession)
    return tongue.say(known) if known else f"{profession.replace('_', ' ')}s"


def _format(delivery: str, tongue: Tongue) -> str:
    known = _FORMATS.get(delivery)
    return tongue.say(known) if known else delivery.replace("_", " ")


def _and(names: Sequence[str], tongue: Tongue) -> str:
    *most, last = names
    if not most:
        return last
    # L10N: the last of a list: "A, B and C"
    return tongue.say("%(others)s and %(last)s", others=", ".join(most), last=last)


def _or(names: Sequence[str], tongue: Tongue) -> str:
    *most, last = names
    if not most:
        return last
    # L10N: the last of a list: "A, B or C"
    return tongue.say("%(others)s or %(last)s", others=", ".join(most), last=last)
