"""Which run is asked for next, and which pages cannot be right."""

from typing import Any

import pytest

from services.attendance.domain import pages
from services.attendance.domain.fetching import Instance
from services.attendance.domain.pages import next_of, turned, with_runs


def run(uuid: str, **more: Any) -> dict[str, Any]:
    return {"uuid": uuid, "state": "open", "page": None, "late": 0, **more}


@pytest.mark.parametrize(
    ("runs", "first"),
    [
        ([], None),
        ([run("a", state="done")], None),
        ([run("a"), run("b")], "a"),
        ([run("a", late=1), run("b")], "b"),
        ([run("a"), run("b", page="p")], "b"),
        ([run("a", late=1), run("b", late=1)], "a"),
    ],
)
def test_which_run_is_asked_for_next(runs: list[dict[str, Any]], first: str | None) -> None:
    found = next_of(runs)
    assert (found["uuid"] if found else None) == first


def test_runs_are_added_once_and_what_is_done_stays_done() -> None:
    known = [run("a", state="done")]
    runs = with_runs(known, [Instance("a", "m"), Instance("b", "m"), Instance("b", "m")])
    assert [(each["uuid"], each["state"]) for each in runs] == [("a", "done"), ("b", "open")]
    assert known == [run("a", state="done")]


Page = tuple[list[int], str | None]  # the numbers of its lines, and the token of the next


def turn(*of_pages: Page, total: int | None = None) -> list[dict[str, Any]]:
    """The run after each of these pages, told one after the other."""
    [now] = with_runs([], [Instance("a", "m")])
    after = []
    for lines, token in of_pages:
        now = turned(now, [{"user_id": n} for n in lines], token, total)
        after.append(now)
    return after


def test_pages_to_the_last_are_a_report() -> None:
    first, second = turn(([1, 2], "t1"), ([3], None), total=3)
    assert (first["state"], first["page"], first["told"]) == ("open", "t1", 2)
    assert (second["state"], second["page"], second["told"]) == ("done", None, 3)
    assert (second["pages"], second["faults"], "trouble" in second) == (2, 0, False)


def test_a_page_that_comes_twice_does_not_stand_for_one_that_never_came() -> None:
    last = turn(([1, 2], "t1"), ([1, 2], "t2"), ([3], None), total=5)[-1]
    assert (last["state"], last["trouble"], last["faults"]) == ("open", "pages-missing", 1)
    last = turn(([1, 2], "t1"), ([1, 2], "t2"), ([3], None), total=3)[-1]
    assert (last["state"], last["told"], "trouble" in last) == ("done", 3, False)


@pytest.mark.parametrize(
    ("told", "trouble"),
    [
        ([([1], "t"), ([1], "t")], "endless"),
        ([([1], "t"), ([2], "t")], "endless"),
        ([([1], "t"), ([2], "u"), ([3], "t")], "endless"),
        ([([], f"t{n}") for n in range(9)], None),
        ([([], f"t{n}") for n in range(10)], "endless"),
        ([([1], f"t{n}") for n in range(10)], None),
        ([([1], f"t{n}") for n in range(11)], "endless"),
        ([([n % 3], f"t{n}") for n in range(13)], "endless"),
        # Ten pages told again are enough, nine and a new one are not.
        ([*(([1], f"t{n}") for n in range(10)), ([2], "x"), ([1], "y")], None),
        ([([n], f"t{n}") for n in range(300)], None),
    ],
)
def test_pages_that_come_again_never_end(told: list[Page], trouble: str | None) -> None:
    last = turn(*told)[-1]
    assert last.get("trouble") == trouble
    assert (last["page"] is None, last["faults"]) == ((True, 1) if trouble else (False, 0))
    assert last["state"] == "open"


def test_a_run_that_is_faulty_too_often_is_stopped_and_stands_behind_the_others() -> None:
    states = turn(*[([1], "t"), ([1], "t")] * 3)
    assert [each["state"] for each in states[1::2]] == ["open", "open", "stopped"]
    assert [each["late"] for each in states[1::2]] == [1, 2, 3]
    assert pages.stopped(states[-1:]) is states[-1]
    assert next_of(states[-1:]) is None


def test_more_pages_than_there_can_be_are_not_asked_for_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "MOST_PAGES", 3)
    last = turn(*(([n], f"t{n}") for n in range(3)))[-1]
    assert (last["state"], last["trouble"]) == ("stopped", "endless")


@pytest.mark.parametrize(
    ("total", "trouble"), [(3, None), (2, None), (None, None), (4, "pages-missing")]
)
def test_an_end_before_all_was_told_is_none(total: int | None, trouble: str | None) -> None:
    last = turn(([1, 2], "t"), ([3], None), total=total)[-1]
    assert (last.get("trouble"), last["state"]) == (trouble, "open" if trouble else "done")


def test_what_a_run_told_before_it_began_anew_is_no_repetition() -> None:
    *_, gone, again, end = turn(([1], "t"), ([1], "t"), ([1], "t"), ([2], None), total=2)
    assert gone["seen"] == []
    assert (again["barren"], end["state"], end["told"]) == (0, "done", 2)
