"""What awards ask for: of the registration, the course's approvals, attendance (domain.md §6).

Each function gives the conditions that are not met, in words; `awards.decide` puts them together.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

from services.certificates.domain import board_words, post_tests, words
from services.certificates.domain.credits import Counted
from services.certificates.domain.facts import Approval, Course, Facts, Mode, Session
from services.certificates.domain.words import Unmet

_HYBRID = frozenset({"in_person", "live_online"})


def is_over(course: Course, facts: Facts) -> bool:
    """Every session held is completed, and this person's attendance of it is settled.

    Both facts are needed: completion says how much was taught, and they come by different topics.
    Sessions after the registration ended need no attendance.
    """
    last = facts.ended.at if facts.ended else None
    return bool(course.held) and all(
        session.session_id in facts.taught
        and (
            session.session_id in facts.attended or (last is not None and last <= session.starts_at)
        )
        for session in course.held
    )


def common(course: Course, facts: Facts) -> tuple[Unmet, ...]:
    """What every award of a registration asks for, and participation too."""
    unmet = []
    if facts.person is None or not facts.person.name.strip():
        unmet.append(words.IDENTITY)
    ended = _ended(course, facts)
    if ended is not None:
        unmet.append(ended)
    elif not facts.confirmed:
        unmet.append(words.CONFIRMED)
    elif not facts.paid:
        unmet.append(words.PAID)
    if facts.dispute is not None:
        unmet.append(words.DISPUTE if facts.dispute == "open" else words.CHARGED_BACK)
    known = {course.disclosure, *course.later}
    if course.disclosure is not None and not facts.disclosures & known and not left(course, facts):
        unmet.append(words.DISCLOSURE)
    return tuple(unmet)


def left(course: Course, facts: Facts) -> bool:
    """Whether the registration ended so that nothing is asked of the learner any more: whoever is
    told of an evaluation that nobody takes goes looking for it."""
    return facts.ended is not None and _ended(course, facts) is not None


def not_evaluating(course: Course, facts: Facts) -> Unmet | None:
    """Why this registration evaluates nothing; of a course that was cancelled, what took place is
    evaluated too.

    That a seat was confirmed comes by another way than the learner does and may be heard later: by
    the time a course is evaluated, a registration of which no end was heard has a seat.
    """
    missing = seat(replace(course, cancelled=False), facts)
    return None if missing is words.CONFIRMED else missing


def seat(course: Course, facts: Facts) -> Unmet | None:
    """Why the registration is nobody's who takes part, or took part until it ended; None where it
    is. Who cancelled after the start and got nothing back did."""
    return _ended(course, facts) or (None if facts.confirmed else words.CONFIRMED)


def _ended(course: Course, facts: Facts) -> Unmet | None:
    """A cancellation after the start that gave nothing back leaves what was attended."""
    ended = facts.ended
    if ended is None:
        return words.withdrawn() if course.cancelled else None
    if ended.how != "cancelled":
        return words.ended(ended.how)
    if ended.outcome is None:
        return words.unsettled()
    began = min((session.starts_at for session in course.sessions), default=None)
    late = ended.at is not None and began is not None and ended.at >= began
    return None if late and ended.outcome == "nothing" else words.ended(ended.how)


def fitting(
    approval: Approval, course: Course, presented: Collection[str] = ()
) -> tuple[list[Session], list[Unmet]]:
    """Sessions taught while approved, in a valid format, and why others spoil it.

    Some outside only do not count, unless the board wants all of them, or none is left. The same
    holds of sessions that this person `presented`: teaching is not learning.
    """
    outside = [s for s in course.held if not approved_on(approval, s)]
    inside = [s for s in course.held if approved_on(approval, s)]
    other = [s for s in inside if not _in_format(approval, s)]
    gave = [s for s in inside if s not in other and s.session_id in presented]
    fit = [s for s in inside if s not in other and s not in gave]
    unmet = []
    strict = approval.mode is Mode.ALL_OR_NOTHING or not fit
    if outside and strict:
        unmet.append(board_words.approval_period(approval, outside))
    if other and strict:
        unmet.append(board_words.wrong_format(approval, other))
    if gave and strict:
        unmet.append(board_words.presented(approval, gave))
    return fit, unmet


def approved_on(approval: Approval, session: Session) -> bool:
    """Whether the approval held on the day taught: never retroactively, never beyond its end.

    Of a recording it is not known on which day of its window somebody watched, so all of it must
    lie within (publishing asks for that, too).
    """
    since, until = approval.approved_from, approval.approved_to
    last = session.last_day or session.day
    return (since is None or since <= session.day) and (until is None or last <= until)


def _in_format(approval: Approval, session: Session) -> bool:
    formats = approval.formats
    if not formats or "mixed" in formats or session.delivery in formats:
        return True
    # A session in a room and online at once is covered where either way is.
    return session.delivery == "mixed" and formats >= _HYBRID


def attendance(
    approval: Approval,
    facts: Facts,
    sessions: Sequence[Session],
    each: Sequence[Counted],
    earned: Decimal,
    over: bool,
) -> list[Unmet]:
    """Said as soon as it is certain: a missed session of all-or-nothing is, at once."""
    pairs = zip(sessions, each, strict=True)
    missed = [s for s, one in pairs if not one.present and (over or _settled(facts, s))]
    if approval.mode is Mode.ALL_OR_NOTHING and missed:
        return [board_words.every_session(approval, missed)]
    if over and sessions and not earned:
        return [board_words.no_session(approval)]
    return []


def handed_in(
    approval: Approval,
    course: Course,
    facts: Facts,
    sessions: Sequence[Session],
    each: Sequence[Counted],
) -> list[Unmet]:
    """The evaluation and the post-test, where this board wants them and they can still come."""
    unmet: list[Unmet] = []
    if left(course, facts):
        return unmet
    if approval.requires_evaluation and not facts.evaluated:
        unmet.append(words.EVALUATION)
    test = approval.post_test
    wanted = test is not None and post_tests.needed(approval, facts, sessions, each)
    if test is not None and wanted and not post_tests.passed(approval.board, test, facts.sat):
        unmet.append(board_words.post_test(approval, test, post_tests.left(test, facts.sat)))
    return unmet


def _settled(facts: Facts, session: Session) -> bool:
    return session.session_id in facts.taught and session.session_id in facts.attended
