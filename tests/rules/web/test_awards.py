"""What certificates says, as lines: who can do something about each, and which paper belongs."""

from typing import Any

import pytest

from services.web.domain.awards import Lack, lacks, lines_of


def award(board: str, status: str, *unmet: str, **more: Any) -> dict[str, Any]:
    lacking = [{"condition": one, "detail": f"{one}."} for one in unmet]
    return {
        "board": board,
        "status": status,
        "credits": 0,
        "unit": "hours",
        "unmet": lacking,
    } | more


@pytest.mark.parametrize(
    ("status", "unmet", "state"),
    [
        ("granted", [], "granted"),
        ("claimable", ["unclaimed"], "claimable"),
        ("declined", ["declined"], "declined"),
        ("withheld", ["paid"], "missing"),
        ("withheld", ["paid", "dispute"], "missing"),
        ("withheld", ["dispute"], "review"),
        ("withheld", ["identity", "course_over"], "review"),
        ("withheld", ["course_over"], "waiting"),
        ("withheld", ["course_over", "evaluation"], "missing"),
        ("withheld", ["evaluation", "attendance"], "none"),
        ("withheld", ["profession"], "elsewhere"),
        ("withheld", ["not_cancelled"], "none"),
        ("withheld", ["a word of tomorrow"], "missing"),
        ("a state of tomorrow", [], "missing"),
    ],
)
def test_a_line_says_who_can_do_something(status, unmet, state):
    [line], _ = lines_of({"awards": [award("NBCC", status, *unmet)]})
    assert line.state == state


def test_each_condition_says_what_mends_it_and_one_without_words_is_called_by_its_name():
    unmet = [{"condition": "post_test", "detail": "Not passed."}, {"condition": "fee_due"}]
    [line], _ = lines_of({"awards": [award("NBCC", "withheld") | {"unmet": unmet}]})
    assert line.lacks == (
        Lack("post_test", "Not passed.", "post-test"),
        Lack("fee_due", "Fee due", ""),
    )
    assert lacks([line], "post_test")
    assert not lacks([line], "paid")


def test_the_certificate_that_holds_stands_with_its_board_and_the_others_behind_it():
    old = {"board": "NBCC", "status": "superseded", "number": "1"}
    new = {"board": "NBCC", "status": "valid", "number": "2"}
    presenting = {"board": "NBCC", "status": "valid", "kind": "presenter"}
    joined = {"board": None, "status": "valid", "kind": "participation"}
    said = {
        "awards": [award("NBCC", "granted", credits=6.0), award("APA", "withheld", "paid")],
        "certificates": [old, presenting, joined, new],
    }
    [nbcc, apa], others = lines_of(said)
    assert (nbcc.certificate, nbcc.earlier, nbcc.credits) == (new, (old,), 6.0)
    assert (apa.certificate, apa.earlier) == (None, ())
    assert others == [presenting, joined]


def test_what_is_to_come_is_what_was_earned_and_what_is_out_cannot_be_declined():
    held = award("APA", "withheld", "paid", earned=8)
    issued = {"board": "NBCC", "status": "valid"}
    said = {"awards": [held, award("NBCC", "claimable", earned=4, credits=6.5)]}
    [apa, nbcc], _ = lines_of(said | {"certificates": []})
    assert (apa.credits, nbcc.credits) == (8.0, 6.5)
    assert (apa.declinable, nbcc.declinable) == (True, True)
    [apa, nbcc], _ = lines_of(said | {"certificates": [issued]})
    assert (apa.declinable, nbcc.declinable) == (True, False)


@pytest.mark.parametrize("junk", [{}, {"awards": None}, {"awards": ["x", {}], "certificates": [7]}])
def test_what_cannot_be_read_is_left_out(junk):
    assert lines_of(junk) == ([], [])
