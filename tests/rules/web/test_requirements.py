"""What a board asks for and whom it serves, in plain words."""

from decimal import Decimal
from typing import Any

import pytest

from services.web.domain.requirements import (
    PostTest,
    Rule,
    asks,
    by_category,
    may_miss,
    serves,
    usual_missed,
)

LIVE = {"live_online"}


def rule(mode: str = "PER_SESSION", **more: Any) -> Rule:
    usual = {"step": Decimal("0.25"), "max_missed": None, "evaluation": False}
    return Rule(mode, **(usual | {"test": None, "formats": ()} | more))


@pytest.mark.parametrize(
    ("professions", "states", "says"),
    [
        ([], None, "everyone"),
        (["counselor"], None, "counselors"),
        (["counselor", "mft", "nurse"], None, "counselors, marriage and family therapists and nurses"),
        (["social_worker"], {"in": ["NY"]}, "social workers licensed in New York"),
        (["mft"], {"not": ["NY", "CA"]}, "marriage and family therapists licensed outside New York and California"),
        ([], {"in": ["NY", "XX"]}, "everyone licensed in New York or XX"),
        (["art_therapist"], {}, "art therapists"),
    ],
)  # fmt: skip
def test_whom_a_board_serves_is_said_by_profession_and_state(professions, states, says):
    assert serves(professions, states) == says


def test_each_mode_says_what_of_the_attendance_counts():
    assert asks(rule("ALL_OR_NOTHING"), LIVE, 900) == [
        "Attend every session; there is no partial credit."
    ]
    assert asks(rule("PER_SESSION"), LIVE, 900) == ["Each session you attend counts."]
    assert asks(rule("PRO_RATA", step=Decimal("0.50")), LIVE, 900) == [
        "The time you attend counts, in steps of 0.5."
    ]
    assert asks(rule("CLAIMED", step=Decimal(1)), LIVE, 900) == [
        "You claim credit for the time you attend, in steps of 1."
    ]
    assert asks(rule("A MODE OF TOMORROW"), LIVE, 900) == []


def test_only_what_is_not_as_usual_is_said_of_missing():
    stricter = "A session counts as attended if you miss at most 5 minutes of it."
    assert asks(rule("X", max_missed=300), LIVE, 900) == [stricter]
    assert asks(rule("X", max_missed=900), LIVE, 900) == []
    assert asks(rule("X", max_missed=900), LIVE, None) == [may_miss(900)]
    assert may_miss(0) == "A session counts as attended only if you miss nothing of it."
    assert may_miss(61).endswith("at most 1 minute and 1 second of it.")
    assert (usual_missed([900, 900]), usual_missed([900, 600]), usual_missed([])) == (
        900,
        None,
        None,
    )


def test_evaluation_post_test_and_format_are_each_a_sentence():
    test = PostTest(75, 2, ())
    assert asks(rule("X", evaluation=True, test=test, formats=("live_online",)), LIVE, 900) == [
        "Hand in the evaluation.",
        "Pass the post-test: 75% right answers, in 2 attempts.",
    ]
    assert asks(
        rule("X", test=PostTest(80, None, ("recorded",))), {"live_online", "recorded"}, 900
    ) == ["Pass the post-test: 80% right answers (for what is recorded)."]
    assert asks(rule("X", test=PostTest(80, 1, ("recorded",))), {"recorded"}, 900) == [
        "Pass the post-test: 80% right answers, in 1 attempt."
    ]
    two = rule("X", formats=("live_online", "in_person"))
    assert asks(two, {"recorded", "in_person"}, 900) == [
        "Only what is live online or in person counts."
    ]
    assert asks(rule("X", formats=("mixed",)), {"recorded"}, 900) == []


def test_hours_of_a_category_are_summed_over_the_sessions():
    each = [("ethics", Decimal(1)), ("cultural_competency", Decimal("0.5")), ("ethics", Decimal(2))]
    assert by_category(each) == [("ethics", Decimal(3)), ("cultural competency", Decimal("0.5"))]
