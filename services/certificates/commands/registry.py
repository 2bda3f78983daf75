"""How a board is reported to: by the course's file, and by what was reported before."""

from __future__ import annotations

from collections.abc import Sequence

from services.certificates.commands.draft import course_as_published
from services.certificates.domain.sheets import Registry
from services.certificates.models import Course, Report
from shared.contracts.boards import Board
from shared.contracts.course import Course as Published
from shared.errors import Conflict, NotFound
from shared.runtime.rows import Query, where


class BoardNotThere(NotFound):
    """The course has no such board."""

    slug = "board-unknown"


class NotReportable(Conflict):
    """The course's file does not say what the registry cannot do without."""

    slug = "reporting-missing"


def told_to(course_id: str, board: str) -> Query[Report]:
    """All reports to a board, the last first."""
    return where(Report, course_id=course_id, board=board, order=("-number",))


def registry_of(
    row: Course, board: str, told: Sequence[Report] = ()
) -> tuple[Registry, Board, Published]:
    """How that board is reported to, and `told` already. Raises BoardNotThere.

    A course that was published without the board, or without how it is reported to, goes by what
    was said when the last report was made: what was reported can still be corrected.
    """
    course = course_as_published(row)
    found = next((one for one in course.boards if one.board == board), None)
    before = Board.model_validate(told[0].rule) if told else None
    if found is None:
        found = before
    elif found.reporting is None and before is not None:
        found = found.model_copy(update={"reporting": before.reporting})
    if found is None:
        raise not_there(course)
    said = found.reporting
    registry = Registry(
        board=found.board,
        unit=found.unit,
        approved=found.approved_hours,
        own_id=course.activity_number or course.course_id,
        provider_id=said.provider_id if said else "",
        activity_id=said.activity_id if said else "",
        professions=said.professions if said else {},
        subjects=said.subjects if said else {},
        licensed=found.states is not None,
    )
    return registry, found, course


def not_there(course: Published) -> BoardNotThere:
    """The refusal, with the boards that there are."""
    names = ", ".join(one.board for one in course.boards) or "none"
    return BoardNotThere(f"The course has no such board. It has: {names}.")


def check_reportable(form: str, registry: Registry) -> None:
    """Raises NotReportable where the registry's own numbers are not known."""
    if form == "cebroker" and not registry.provider_id:
        raise NotReportable(
            "CE Broker takes a roster by its number of the provider: say reporting.provider_id of "
            f"{registry.board} in the course's file."
        )
    if form == "pars" and not registry.activity_id:
        raise NotReportable(
            "PARS takes learners by its number of the activity: say reporting.activity_id of "
            f"{registry.board} in the course's file."
        )
