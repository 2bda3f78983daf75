"""The picture of what cancelling gives: billing's windows, placed between now and the start."""

from datetime import UTC, datetime

from services.web.domain.cancelling import Window, bands, last_moment, lasts, running
from shared.contracts.reference import POLICY

START = datetime(2020, 10, 19, 20, tzinfo=UTC)
EARLY_ENDS = datetime(2020, 10, 6, 4, tzinfo=UTC)  # midnight in New York, the day after the 5th
WINDOWS = [Window("refund", EARLY_ENDS), Window("credit", START), Window("nothing", None)]


def test_the_reference_policy_has_two_bands_and_what_comes_after():
    early, late, after = bands(WINDOWS, START, datetime(2020, 9, 29, tzinfo=UTC))
    assert (early.outcome, early.ends) == ("refund", EARLY_ENDS)
    assert (late.outcome, late.ends) == ("credit", START)
    assert (after.outcome, after.ends) == ("nothing", None)
    assert early.ask_at == datetime(2020, 10, 6, 3, 59, 59, tzinfo=UTC)
    assert last_moment(EARLY_ENDS) == datetime(2020, 10, 6, 3, 59, 59, tzinfo=UTC)
    # 29 September 00:00 to the start are 500 hours, of which 172 are early.
    assert (early.since, early.until) == (0.0, 34.4)
    assert (late.since, late.until) == (34.4, 100.0)
    assert (after.since, after.until) == (100.0, 100.0)


def test_a_window_that_is_over_is_not_shown():
    assert [band.outcome for band in bands(WINDOWS, START, EARLY_ENDS)] == ["credit", "nothing"]
    assert [band.outcome for band in bands(WINDOWS, START, START)] == ["nothing"]


def test_without_windows_there_is_no_picture():
    assert bands([], START, EARLY_ENDS) == []


def test_how_long_a_credit_runs_is_said_where_it_runs_from_the_cancellation():
    assert lasts(POLICY, "credit") == (1, "year")
    assert lasts(POLICY, "refund") is None
    from_session = {"windows": [{"outcome": "credit", "expires": {"years": 1, "from": "year_end"}}]}
    assert lasts(from_session, "credit") is None
    months = {"windows": [{"outcome": "credit", "expires": {"months": 18, "from": "issue"}}]}
    assert lasts(months, "credit") == (18, "month")


def test_the_window_that_runs_is_the_first_that_has_not_ended_with_the_one_before_it():
    first = Window("refund", datetime(2020, 10, 6, 4, tzinfo=UTC))
    then, last = Window("credit", datetime(2020, 10, 19, 20, tzinfo=UTC)), Window("nothing", None)
    both = [first, then]
    assert running([*both, last], datetime(2020, 10, 6, 3, 59, 59, tzinfo=UTC)) == (first, None)
    assert running([*both, last], datetime(2020, 10, 6, 4, tzinfo=UTC)) == (then, first)
    assert running([*both, last], datetime(2020, 11, 1, tzinfo=UTC)) == (last, then)
    assert running(both, datetime(2020, 11, 1, tzinfo=UTC)) == (None, then)
    assert running([], datetime(2020, 11, 1, tzinfo=UTC)) == (None, None)
