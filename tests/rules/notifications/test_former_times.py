"""A session that was completed by times that it does not have any more (decision 118)."""

from datetime import UTC, datetime

import pytest

from services.notifications.commands.course_copy import course_row
from services.notifications.commands.course_seen import course_of
from services.notifications.models import Completion
from shared.contracts import reference
from shared.contracts.registration import CoursePublished

ENDS = datetime(2020, 10, 19, 22, 0, tzinfo=UTC)  # of the first session, by the course
AT = datetime(2020, 10, 18, 22, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reaches", "over"),
    [
        (None, True),  # kept by an earlier release
        (datetime(2020, 10, 19, 21, 59, 59, tzinfo=UTC), False),
        (ENDS, True),
        (datetime(2020, 10, 19, 22, 15, tzinfo=UTC), True),
    ],
    ids=["before this release", "former", "its end", "said after it"],
)
def test_a_completion_that_does_not_reach_the_end_is_none(
    reaches: datetime | None, over: bool
) -> None:
    row = course_row(CoursePublished.model_validate(reference.COURSE), None)
    done = Completion(course_id="c", session_id="s1", completed_at=AT, reaches=reaches)
    unknown = Completion(course_id="c", session_id="s9", completed_at=AT, reaches=AT)
    found = course_of(row, [done, unknown]).completed
    assert found == ({"s1": AT, "s9": AT} if over else {"s9": AT})
    assert course_of(None, [done]).completed == {"s1": AT}
