"""What each look is there for: a planted defect that leaves every book in agreement, and is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.billing.domain import refund_policy
from services.certificates.commands import facts
from services.notifications.commands import hear, planning
from services.notifications.domain import wanted
from services.registration.commands import cancelling, offers
from services.registration.models import Registration
from shared.runtime.rows import where
from tests.simulation.cluster import Cluster
from tests.simulation.judged import is_early
from tests.simulation.run import in_a_loop
from tests.simulation.story import Step, Story, story_of
from tests.simulation.telling import Teller

pytestmark = pytest.mark.timeout(600)
Planted = tuple[object, str, Callable[..., Any]]
_PAID = ("webhooks", "round", "webhooks", "round", "pay", "pay", "round")
_REMINDERS = ("reminder_7d", "reminder_1d", "join_1h")


def seats_given_up_are_offered_to_nobody() -> Planted:
    return cancelling, "offer_freed", lambda *_args, **_options: None


def seats_are_offered_in_another_order() -> Planted:
    def first_waiting(course_id: str, limit: int | None = 1) -> Any:
        about = {"course_id": course_id, "state": "waitlisted"}
        return where(Registration, **about, order=("registration_id",), limit=limit)

    return offers, "first_waiting", first_waiting


def late_requests_count_as_early() -> Planted:
    real: Any = vars(refund_policy)["window_for"]

    def window_for(policy: Any, starts_at: datetime, requested_at: datetime) -> Any:
        return real(policy, starts_at, requested_at - timedelta(days=12))

    return refund_policy, "window_for", window_for


def sessions_are_kept_as_they_first_were() -> Planted:
    real: Any = vars(hear)["course_row"]

    def course_row(event: Any, old: Any = None) -> Any:
        row = real(event, old)
        if old is not None and old.body:
            row.body["sessions"] = old.body["sessions"]
            row.body["sessions_since"] = old.body["sessions_since"]
        return row

    return hear, "course_row", course_row


def reminders_of_an_old_time_stay_planned() -> Planted:
    real: Any = vars(planning)["decide"]

    def decide(*args: Any, **options: Any) -> Any:
        written = real(*args, **options)
        return [w for w in written if w.state != "cancelled" or w.template not in _REMINDERS]

    return planning, "decide", decide


def nobody_is_told_what_a_cancellation_came_to() -> Planted:
    real: Any = vars(wanted)["money_messages"]

    def money_messages(story: Any) -> Any:
        return [one for one in real(story) if one.template != "cancellation_settled"]

    return wanted, "money_messages", money_messages


def certificates_keep_the_first_evidence() -> Planted:
    real = facts.attended

    async def attended(work: Any, event: Any) -> None:
        if event.evidence_version == 1:
            await real(work, event)

    attended.__dict__.update(real.__dict__)  # its plan
    return facts, "attended", attended


def _of(seed: int, *kinds: str) -> Story:
    return Story(seed, tuple(Step(kind, draw) for draw, kind in enumerate(kinds)))


@pytest.mark.parametrize(
    ("defects", "story", "found"),
    [
        ([seats_given_up_are_offered_to_nobody], story_of(106), ["wait beside"]),
        (
            [seats_are_offered_in_another_order],
            _of(205, *["register"] * 6, "hours", "round", "hours", "round"),
            ["was offered a seat before"],
        ),
        (
            [late_requests_count_as_early],
            _of(60, *["register"] * 4, *["pay"] * 4, *_PAID, *["cancel"] * 3, "round"),
            ["and not ('credit', 0, "],
        ),
        ([reminders_of_an_old_time_stay_planned], story_of(532), ["goes out: of version 1"]),
        (
            [
                sessions_are_kept_as_they_first_were,
                certificates_keep_the_first_evidence,
                nobody_is_told_what_a_cancellation_came_to,
            ],
            story_of(73),
            ["of session main/", "of attendance", "cancellation_settled of it is not there"],
        ),
    ],
    ids=["line", "order", "fee", "reminder", "copies and mails"],
)
def test_a_planted_defect_is_found(
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    defects: list[Callable[[], Planted]],
    story: Story,
    found: list[str],
) -> None:
    for defect in defects:
        monkeypatch.setattr(*defect())
    wrong: list[str] = []

    async def tell(teller: Teller) -> None:
        wrong.extend((await teller.tell(story)).wrong)

    in_a_loop(cluster, tell)
    assert [what for what in found if not any(what in why for why in wrong)] == []


@pytest.mark.parametrize(
    ("requested", "early"),
    [
        (datetime(2020, 10, 6, 3, 59, 59, 999999, tzinfo=UTC), True),  # 23:59 of the 5th there
        (datetime(2020, 10, 6, 4, tzinfo=UTC), False),
    ],
    ids=["the last moment", "too late"],
)
def test_fourteen_days_are_counted_on_the_calendar_of_new_york(
    requested: datetime, early: bool
) -> None:
    assert is_early(requested, datetime(2020, 10, 19, 20, tzinfo=UTC)) is early
