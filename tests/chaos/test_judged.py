"""By hand: which runs are not `ok`, though nothing was lost."""

from typing import Any

import pytest

from shared.contracts.services import SERVICES
from tests.chaos.judged import upgraded, while_away

ALL = {
    name: "today"
    for service in ("registration", "billing", "attendance", "certificates", "notifications",
                    "partners", "web")
    for name in (service, f"{service} 2")
}  # fmt: skip


def said(
    no_answer: dict[str, int] | None = None,
    releases: dict[str, str] | None = None,
    registrations: int = 1,
    unanswered: list[str] | None = None,
) -> list[str]:
    steps: list[dict[str, Any]] = [
        {"step": "first", "no_answer": {"425": 3}},
        {"step": "web is today's", "no_answer": no_answer or {}},
    ]
    told = ALL if releases is None else releases
    return upgraded(steps, told, SERVICES, {"registrations": registrations}, unanswered or [])


def test_an_upgrade_that_only_had_people_ask_again_is_well() -> None:
    assert said() == []
    assert said({"425": 9}) == []


@pytest.mark.parametrize("why", ["500 checkout: x", "502", "503", "504", "ReadError", "429"])
def test_an_upgrade_in_which_somebody_was_sent_away_is_not(why: str) -> None:
    assert said({"425": 9, why: 1}) == [f"web is today's: 1 answered {why}"]


def test_nor_is_one_after_which_a_process_is_away_or_of_the_release_before() -> None:
    away = {name: release for name, release in ALL.items() if name != "billing 2"}
    assert said(releases=away) == ["billing 2 runs not"]
    assert said(releases=ALL | {"web": "previous"}) == ["web runs previous"]
    assert len(said(releases={})) == 14


def test_nor_is_one_in_which_nobody_came_or_somebody_was_never_answered() -> None:
    assert said(registrations=0) == ["nobody registered while the release was changed"]
    assert said(unanswered=["POST /x: 425"]) == ["never answered: POST /x: 425"]


def test_brokers_that_were_away_while_nobody_came_say_nothing() -> None:
    killed = [
        {"broker": 1, "registered_meanwhile": 5},
        {"broker": 2, "registered_meanwhile": 0},
        {"broker": 3, "registered_meanwhile": 1},
    ]
    assert while_away(killed) == ["nobody registered while broker 2 was away"]
    assert while_away([killed[0], killed[2]]) == []
