"""Why a board gives nothing, or not yet, in plain words: the fact first, then what can be done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from services.certificates.domain.facts import Approval, Person, PostTest, Session
from services.certificates.domain.words import Condition, Unmet, day_in_words, plain

_PLURALS = {"mft": "MFTs", "hr": "HR professionals", "staff": "staff"}
_OPEN_STATES = (
    "The licence's state is missing, and {board} depends on it. "
    "Tell the provider which state it is."
)


def profession(approval: Approval, person: Person) -> Unmet:
    """The board does not serve this person."""
    where = ""
    if approval.states_in:
        where = f" licensed in {_listed(sorted(approval.states_in))}"
    elif approval.states_out:
        where = f" licensed outside {_listed(sorted(approval.states_out))}"
    whom = _listed([_plural(name) for name in sorted(approval.professions)])
    stated = [_license(person, lic.profession, lic.state) for lic in person.licenses]
    given = _listed(stated or [_license(person, None, None)])
    return Unmet(
        Condition.PROFESSION, f"{approval.board} serves {whom}{where}.", f"You stated: {given}."
    )


def presents(approval: Approval) -> Unmet:
    """The registration is a presenter's, and no learner's."""
    return Unmet(
        Condition.PRESENTER,
        f"You presented this course, so {approval.board} gives no learner's credit for it. Your "
        "certificate says what you presented.",
    )


def presented(approval: Approval, sessions: Sequence[Session]) -> Unmet:
    """These sessions were this person's own, and no others are left that could count."""
    return Unmet(
        Condition.PRESENTER,
        f"You presented {_sessions(sessions)}, for which {approval.board} gives no learner's "
        "credit. Your certificate for presenting says so.",
    )


def declined(approval: Approval) -> Unmet:
    """The learner does not want this board's credit."""
    return Unmet(
        Condition.DECLINED,
        f"You declined the credit of {approval.board}. You can take that back on your "
        "registration's page.",
    )


def not_of_course(board: str) -> Unmet:
    """The course as it is published now has no rule of this board."""
    return Unmet(
        Condition.COURSE, f"{board} is no longer a board of this course, so it gives no credit."
    )


def license_state(approval: Approval) -> Unmet:
    """The profession fits, but where the licence is from is not known."""
    return Unmet(Condition.LICENSE_STATE, _OPEN_STATES.format(board=approval.board))


def approval_period(approval: Approval, sessions: Sequence[Session]) -> Unmet:
    """Taught on a day on which the approval did not hold."""
    since = day_in_words(approval.approved_from) if approval.approved_from else "the beginning"
    until = day_in_words(approval.approved_to) if approval.approved_to else "further notice"
    return Unmet(
        Condition.APPROVAL_PERIOD,
        f"{approval.board}'s approval holds from {since} until {until}; "
        f"{_sessions(sessions)} {_was(sessions)} taught outside it.",
    )


def wrong_format(approval: Approval, sessions: Sequence[Session]) -> Unmet:
    """Delivered in a way the approval does not cover."""
    formats = _listed([name.replace("_", " ") for name in sorted(approval.formats)])
    return Unmet(
        Condition.FORMAT,
        f"{approval.board} approved the course as {formats}; "
        f"{_sessions(sessions)} {_was(sessions)} not.",
    )


def every_session(approval: Approval, missed: Sequence[Session]) -> Unmet:
    """All or nothing, and not all."""
    return Unmet(
        Condition.ATTENDANCE,
        f"{approval.board} asks for every session. Not attended by the rule: {_sessions(missed)}.",
    )


def no_session(approval: Approval) -> Unmet:
    """Nothing that could count."""
    return Unmet(
        Condition.ATTENDANCE,
        f"No session was attended in a way that {approval.board} gives credit for.",
    )


def post_test(approval: Approval, test: PostTest, left: int | None) -> Unmet:
    """Not passed; `left` attempts, None where there is no end to them."""
    asks = f"{approval.board} asks for {test.pass_percent}% in the post-test"
    todo = ", which is not passed yet. Take it on your registration's page."
    if left == 0:
        tried = "The one attempt is used" if test.attempts == 1 else "All attempts are used"
        todo = f". {tried}, and that was not reached. Write to the provider."
    return Unmet(Condition.POST_TEST, asks + todo)


def unclaimed(approval: Approval, up_to: Decimal) -> Unmet:
    """Everything is there but the learner's own claim."""
    return Unmet(
        Condition.UNCLAIMED,
        f"You can claim up to {plain(up_to)} {approval.unit}. Claim only what you took part in.",
    )


def _sessions(sessions: Sequence[Session]) -> str:
    return _listed([f"session {s.number} ({day_in_words(s.day)})" for s in sessions])


def _was(sessions: Sequence[Session]) -> str:
    return "was" if len(sessions) == 1 else "were"


def _plural(profession_: str) -> str:
    return _PLURALS.get(profession_, f"{profession_.replace('_', ' ')}s")


def _license(person: Person, profession_: str | None, state: str | None) -> str:
    stated = profession_ or person.profession or "no profession"
    name = stated.upper() if stated in ("mft", "hr") else stated.replace("_", " ")
    return f"{name} ({state})" if state else name


def _listed(names: Iterable[str]) -> str:
    *most, last = [*names] or ["everyone"]
    return f"{', '.join(most)} and {last}" if most else last
