"""The policy document: what is accepted, and every fault by its pointer."""

import copy
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import reference
from shared.contracts.policy import (
    Expiry,
    Fee,
    PolicyInvalid,
    PolicyUndefined,
    Until,
    document,
    examine,
    holes,
    read,
    require_defined,
    text_of,
)

FOREVER = {"until": "forever", "outcome": "nothing"}
EXAMPLE = Path(__file__).parents[2] / "examples" / "attachment-effectiveness-2020.yaml"


def days(count, inclusive=True):
    return {"days_before_start": count, "inclusive": inclusive}


def refund(until, fee=None):
    return {"until": until, "outcome": "refund"} | ({} if fee is None else {"fee": fee})


def credit(until, **more):
    return {"until": until, "outcome": "credit", "expires": {"years": 1, "from": "issue"}} | more


def policy(*windows, **more):
    return {"version": 1, "zone": "America/New_York", "windows": list(windows)} | more


def pointers(document, **how):
    read_as, found = examine(document, **how)
    assert (read_as is None) == bool(found)
    return [fault["pointer"] for fault in found]


def test_a_credit_may_be_handed_on_where_its_window_says_so():
    handed = read(policy(credit("start", transferable=True), credit("forever")))
    assert [window.transferable for window in handed.windows] == [True, False]
    assert "good for 1 year from the day of your request, which you may hand on." in text_of(handed)


def test_the_reference_policy_is_read_as_written():
    read_as = read(reference.POLICY)
    early, late, after = read_as.windows
    assert read_as.version == 1
    assert read_as.zone == "America/New_York"
    assert read_as.deliveries == ("in_person", "live_online", "mixed")
    assert read_as.allocation == "credit_first"
    assert read_as.provider_cancels.outcome == "refund"
    assert read_as.provider_cancels.fee == Fee(0)
    assert read_as.provider_cancels.restored_days == 90
    assert early.until == Until("days", 14, inclusive=True)
    assert early.fee_for("online_course") == Fee(3000)
    assert early.fee_for("four_day_workshop") == Fee(5000)
    assert early.fee_for("three_day_workshop") is None
    assert late.until.at_start
    assert late.outcome == "credit"
    assert late.expires == Expiry("years", 1, "issue")
    assert late.only_for == "another_learning_product"
    assert late.fee_for("anything") == Fee(0)
    assert after.until.unit == "forever"
    assert after.outcome == "nothing"


def test_the_example_to_publish_has_the_reference_policy():
    assert read(yaml.safe_load(EXAMPLE.read_text())["refund_policy"]) == read(reference.POLICY)


@pytest.mark.parametrize(
    ("kind", "delivery", "pointers"),
    [
        ("online_course", "live_online", []),
        ("online_course", "mixed", []),
        ("two_day_workshop", "in_person", []),
        ("four_day_workshop", "live_online", []),
        ("one_day_workshop", "in_person", ["/windows/0/fee"]),
        ("three_day_workshop", "in_person", ["/windows/0/fee"]),
        ("five_day_workshop", "live_online", ["/windows/0/fee"]),
        ("online_course", "recorded", ["/deliveries"]),
        ("three_day_workshop", "recorded", ["/deliveries", "/windows/0/fee"]),
    ],
)
def test_holes_of_the_reference_policy_are_named(kind, delivery, pointers):
    found = holes(read(reference.POLICY), kind, delivery)
    assert [fault["pointer"] for fault in found] == pointers


def test_a_hole_is_refused_by_name_where_a_rule_is_required():
    with pytest.raises(PolicyUndefined) as refused:
        require_defined(read(reference.POLICY), "three_day_workshop", "in_person", "/refund_policy")
    assert refused.value.slug == "policy-undefined"
    assert refused.value.errors[0]["pointer"] == "/refund_policy/windows/0/fee"
    assert "three_day_workshop" in refused.value.errors[0]["detail"]


@pytest.mark.parametrize(
    "windows",
    [
        [refund("forever")],
        [refund(days(30)), refund(days(14), 3000), credit("start"), FOREVER],
        [refund(days(14), {"percent": 10}), refund("start", {"percent": 50}), FOREVER],
        [refund(days(14), {"percent": "12.5"}), refund(days(7), {"percent": 12.75}), FOREVER],
        [refund({"business_days_before_start": 10}), credit(days(3)), FOREVER],
        [refund({"hours_before_start": 72}), credit({"hours_before_start": 24}), FOREVER],
        [refund(days(2)), refund({"hours_before_start": 12}, 1000), FOREVER],
        [refund(days(14)), refund(days(14, inclusive=False) | {"days_before_start": 13}), FOREVER],
        [refund(days(0)), FOREVER],
        [refund(days(14), {"online_course": {"percent": 10}}), FOREVER],
        [refund(days(14), 0), credit("start", fee=1000), FOREVER],
        [refund("start"), {"until": "forever", "outcome": "nothing", "fee": 0}],
        [credit("forever", expires={"from": "year_end"})],
        [credit("forever", expires={"months": 6, "from": "original_session"})],
        [{"until": "forever", "outcome": "credit", "of": "paid"}],
    ],
)
def test_these_windows_are_fine(windows):
    assert pointers(policy(*windows)) == []


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ([refund(days(14))], ["/windows"]),
        ([refund(days(14)), credit("start")], ["/windows"]),
        ([FOREVER, refund(days(14), 100)], ["/windows/1/until", "/windows", "/windows/1"]),
        ([FOREVER, FOREVER], ["/windows/1/until"]),
        ([refund(days(7)), credit(days(14)), FOREVER], ["/windows/1/until"]),
        ([refund(days(7)), credit(days(7)), FOREVER], ["/windows/1/until"]),
        ([refund("start"), credit(days(7)), FOREVER], ["/windows/1/until"]),
        ([refund(days(0)), credit("start"), FOREVER], ["/windows/1/until"]),
        ([refund({"hours_before_start": 24}), credit(days(14)), FOREVER], ["/windows/1/until"]),
        (
            [refund(days(7)), credit({"business_days_before_start": 30}), FOREVER],
            ["/windows/1/until"],
        ),
    ],
)
def test_order_and_ends_of_windows(windows, expected):
    assert pointers(policy(*windows)) == expected


@pytest.mark.parametrize(
    ("early", "late", "more_cash_later"),
    [
        (None, 3000, False),
        (3000, None, True),
        (3000, 3000, False),
        (5000, 3000, True),
        (3000, {"percent": 50}, True),
        (0, {"percent": 50}, False),
        ({"percent": 50}, 3000, True),
        ({"percent": 10}, {"percent": 50}, False),
        ({"percent": 50}, {"percent": 10}, True),
        ({"percent": "10.0001"}, {"percent": 10}, True),
        ({"percent": 0}, 10, False),
        (3000, {"percent": 100}, False),
        ({"online_course": 3000}, 2999, True),
        ({"online_course": 3000}, {"online_course": 3000, "webinar": 1}, False),
        ({"online_course": 3000, "webinar": 0}, {"online_course": 2000, "webinar": 0}, True),
    ],
)
def test_never_more_cash_for_a_later_request_whatever_was_paid(early, late, more_cash_later):
    found = pointers(policy(refund(days(14), early), refund("start", late), FOREVER))
    assert found == (["/windows/1"] if more_cash_later else [])


def test_cash_after_credit_is_refused_and_both_windows_are_named():
    _, found = examine(policy(credit(days(14)), refund("start", 3000), FOREVER))
    assert [fault["pointer"] for fault in found] == ["/windows/1"]
    assert "Window 2 would give more cash than window 1" in found[0]["detail"]


def test_a_quote_looks_at_the_amount_it_is_about_publishing_at_all():
    mixed = policy(refund(days(14), 3000), refund("start", {"percent": 50}), FOREVER)
    assert pointers(mixed) == ["/windows/1"]
    assert pointers(mixed, paid=19900) == []
    assert pointers(mixed, paid=2500) == ["/windows/1"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"zone": "America/Gotham"}, ["/zone"]),
        ({"zone": None}, ["/zone"]),
        ({"zone": "../etc/passwd"}, ["/zone"]),
        ({"version": None}, ["/version"]),
        ({"version": 1.5}, ["/version"]),
        ({"version": True}, ["/version"]),
        ({"version": ""}, ["/version"]),
        ({"deliveries": []}, ["/deliveries"]),
        ({"deliveries": ["live_online", "by_post"]}, ["/deliveries"]),
        ({"deliveries": "live_online"}, ["/deliveries"]),
        ({"deliveries": [["live_online"]]}, ["/deliveries"]),
        ({"allocation": "richest_first"}, ["/allocation"]),
        ({"allocation": {}}, ["/allocation"]),
        ({"holidays": ["2020-02-30"]}, ["/holidays/0"]),
        ({"holidays": "Christmas"}, ["/holidays"]),
        ({"holidays": [["2020-12-25"], 7]}, ["/holidays/0", "/holidays/1"]),
        ({"provider_cancels": []}, ["/provider_cancels"]),
        ({"provider_cancels": {"outcome": "applause"}}, ["/provider_cancels/outcome"]),
        ({"provider_cancels": {"fee": -1}}, ["/provider_cancels/fee"]),
        ({"provider_cancels": {"restored_days": "90"}}, ["/provider_cancels/restored_days"]),
        ({"text": 5}, ["/text"]),
        ({"text": "a\x00b"}, ["", "/text"]),
        ({"notes": {"deep": ["\ud800"]}}, ["", "/notes"]),
        ({"fees": 3000}, ["/fees"]),
        ({"windows": None}, ["/windows"]),
        ({"windows": []}, ["/windows"]),
        ({"windows": {}}, ["/windows"]),
        ({"windows": [FOREVER] * 51}, ["/windows"]),
        ({"windows": [5]}, ["/windows/0"]),
        ({"windows": [{}]}, ["/windows/0/until", "/windows/0/outcome"]),
    ],
)
def test_faults_of_a_document_have_pointers(change, expected):
    assert pointers(policy(FOREVER) | change) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"until": "never"}, ["/windows/0/until"]),
        ({"until": {}}, ["/windows/0/until"]),
        ({"until": {"days_before_start": -1}}, ["/windows/0/until/days_before_start"]),
        ({"until": {"days_before_start": 1.5}}, ["/windows/0/until/days_before_start"]),
        ({"until": {"days_before_start": True}}, ["/windows/0/until/days_before_start"]),
        ({"until": {"days_before_start": "14"}}, ["/windows/0/until/days_before_start"]),
        ({"until": {"hours_before_start": 10**9}}, ["/windows/0/until/hours_before_start"]),
        ({"until": {"days_before_start": 1, "hours_before_start": 1}}, ["/windows/0/until"]),
        ({"until": days(1) | {"inclusive": "yes"}}, ["/windows/0/until/inclusive"]),
        ({"until": days(1) | {"weeks": 2}}, ["/windows/0/until/weeks"]),
        ({"outcome": "mercy"}, ["/windows/0/outcome"]),
        ({"outcome": ["refund"]}, ["/windows/0/outcome"]),
        ({"fee": -1}, ["/windows/0/fee"]),
        ({"fee": 30.0}, ["/windows/0/fee"]),
        ({"fee": "30.00"}, ["/windows/0/fee"]),
        ({"fee": True}, ["/windows/0/fee"]),
        ({"fee": {}}, ["/windows/0/fee"]),
        ({"fee": {"percent": 101}}, ["/windows/0/fee/percent"]),
        ({"fee": {"percent": -1}}, ["/windows/0/fee/percent"]),
        ({"fee": {"percent": "half"}}, ["/windows/0/fee/percent"]),
        ({"fee": {"percent": float("nan")}}, ["/windows/0/fee/percent"]),
        ({"fee": {"percent": 10**400}}, ["/windows/0/fee/percent"]),
        ({"fee": {"percent": 10, "online_course": 1}}, ["/windows/0/fee"]),
        ({"fee": {"a/b": -1}}, ["/windows/0/fee/a~1b"]),
        ({"fee": {"": 5}}, ["/windows/0/fee/"]),
        ({"of": "list price"}, ["/windows/0/of"]),
        ({"for": "a holiday"}, ["/windows/0/for"]),
        ({"for": ["another_learning_product"]}, ["/windows/0/for"]),
        ({"transferable": "yes"}, ["/windows/0/transferable"]),
        ({"transferable": None}, ["/windows/0/transferable"]),
        ({"expires": 1}, ["/windows/0/expires"]),
        ({"expires": {"years": 1}}, ["/windows/0/expires/from"]),
        ({"expires": {"from": "issue"}}, ["/windows/0/expires"]),
        ({"expires": {"years": 0, "from": "issue"}}, ["/windows/0/expires/years"]),
        ({"expires": {"years": 1, "days": 1, "from": "issue"}}, ["/windows/0/expires"]),
        ({"refund": True}, ["/windows/0/refund"]),
    ],
)
def test_faults_of_a_window_have_pointers(change, expected):
    assert pointers(policy(credit("start") | change, FOREVER)) == expected


def test_a_fee_where_nothing_is_given_makes_no_sense():
    assert pointers(policy(FOREVER | {"fee": 3000})) == ["/windows/0/fee"]


def test_all_faults_are_said_at_once_and_pointers_begin_where_the_caller_says():
    _, found = examine(
        {"version": None, "zone": "Mars", "windows": [{"until": "soon", "outcome": "?"}]},
        "/refund_policy",
    )
    assert [fault["pointer"] for fault in found] == [
        "/refund_policy/version",
        "/refund_policy/zone",
        "/refund_policy/windows/0/until",
        "/refund_policy/windows/0/outcome",
    ]


def test_reading_what_is_no_policy_is_refused_as_invalid():
    with pytest.raises(PolicyInvalid) as refused:
        read({"zone": "UTC"})
    assert refused.value.kind == "invalid"
    assert refused.value.slug == "policy-invalid"
    assert [fault["pointer"] for fault in refused.value.errors] == ["/version", "/windows"]


WORDS = ["until", "outcome", "fee", "expires", "percent", "from", "windows", "zone", "for", "of"]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["start", "forever", "refund", "credit", "nothing", "UTC", "issue"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_answered_with_faults_and_never_with_an_exception(anything):
    for sent in (anything, policy(anything), policy(FOREVER) | {"windows": anything}):
        read_as, found = examine(sent)
        assert (read_as is None) == bool(found)
        for fault in found:
            assert set(fault) == {"pointer", "detail"}
            fault["pointer"].encode()


@given(JSON, st.sampled_from(["until", "outcome", "fee", "expires", "of", "for"]))
def test_any_json_inside_a_window_is_answered_too(anything, name):
    read_as, found = examine(policy(credit("start") | {name: anything}, FOREVER))
    assert (read_as is None) == bool(found)


def test_percentages_are_exact_from_numbers_and_strings():
    for given_as in (12.5, "12.5"):
        [window, _] = read(policy(refund(days(14), {"percent": given_as}), FOREVER)).windows
        assert window.fee == Fee(percent=Decimal("12.5"))


def test_holidays_come_as_text_or_as_dates_and_are_kept_as_text():
    given_as = policy(FOREVER, holidays=["2020-12-25", date(2020, 11, 26)])
    assert read(given_as).holidays == {date(2020, 12, 25), date(2020, 11, 26)}
    assert document(given_as)["holidays"] == ["2020-12-25", "2020-11-26"]


def test_the_providers_own_words_are_kept():
    assert text_of(read(policy(FOREVER, text="Ask us."))) == "Ask us."
    assert document(policy(FOREVER, text="Ask us."))["text"] == "Ask us."


def test_words_are_made_where_there_are_none_in_the_currency_and_for_the_kind():
    said = text_of(read(reference.POLICY), "USD", "online_course")
    assert said.splitlines() == [
        "If you cancel, what counts is when your request reaches us.",
        (
            "Up to 14 days before the first session (that day included, America/New_York): "
            "your money back less a fee of 30.00 USD."
        ),
        (
            "Until the first session starts: a credit for what you paid for another learning product, "
            "good for 1 year from the day of your request."
        ),
        "Later: nothing.",
        "If we cancel, you get all your money back.",
    ]


def test_a_document_to_keep_is_valid_and_the_same_policy_with_words():
    before = copy.deepcopy(reference.POLICY)
    kept = document(reference.POLICY, "USD")
    assert before == reference.POLICY
    assert kept["allocation"] == "credit_first"
    assert kept["windows"] == reference.POLICY["windows"]
    assert "two day workshop 30.00 USD" in kept["text"]
    assert read(kept).windows == read(reference.POLICY).windows


def test_a_name_and_notes_are_text():
    given = {"version": "1", "zone": "UTC", "windows": [FOREVER], "name": {"a": 1}, "notes": [1]}
    _, found = examine(given)
    assert [each["pointer"] for each in found] == ["/name", "/notes"]
