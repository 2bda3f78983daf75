"""Certificates of who presented a course. Pure, like `awards`, which asks this.

Our ruling (decision 57): who has the role of a presenter gives the course and does not attend it,
so no board's credit comes of that registration, whatever the platform saw of them; boards that do
give credit for teaching take applications of their own. Moderators and staff are learners like all
others, for they sit in and hear it. Of anybody staff may name the sessions that they presented;
that somebody sat in a session never says that they taught it, and of a session that was taught
nobody has a learner's credit as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from services.certificates.domain.credits import Counted
from services.certificates.domain.facts import Facts
from services.certificates.domain.words import Condition, Unmet

PRESENTS = "presenter"
# A presenter neither pays nor registers for credit.
_OF_LEARNERS = frozenset({Condition.PAID, Condition.DISPUTE, Condition.DISCLOSURE})


def presents(facts: Facts) -> bool:
    """Whether this registration is that of a presenter, and so no learner's."""
    return facts.role == PRESENTS


def presented(
    facts: Facts, common: tuple[Unmet, ...], each: Sequence[Counted]
) -> tuple[tuple[str, ...], Fraction, tuple[Unmet, ...]] | None:
    """The sessions presented, their hours, and what keeps it; None where nobody presented.

    They are those that staff name. Where none is named, who has the role of a presenter presented
    the sessions at which they were seen, and anybody else none.
    """
    there = [one for one in each if one.session_id in facts.presented]
    if not facts.presented and presents(facts):
        there = [one for one in each if one.present]
    if not there:
        return None
    unmet = tuple(one for one in common if one.condition not in _OF_LEARNERS)
    minutes = sum(one.minutes for one in there)
    return tuple(one.session_id for one in there), Fraction(minutes, 60), unmet
