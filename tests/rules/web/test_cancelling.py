"""The days of the refund picture: only the calendar, read from the policy."""

from datetime import UTC, datetime

from services.web.domain.cancelling import bands, last_moment, lasts
from shared.contracts.reference import POLICY

START = datetime(2020, 10, 19, 20, tzinfo=UTC)
EARLY_ENDS = datetime(2020, 10, 6, 4, tzinfo=UTC)  # midnight in New York, the day after the 5th


def test_the_reference_policy_has_two_bands_and_what_comes_after():
    early, late, after = bands(POLICY, START, datetime(2020, 9, 29, tzinfo=UTC))
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
    assert [band.outcome for band in bands(POLICY, START, EARLY_ENDS)] == ["credit", "nothing"]
    assert [band.outcome for band in bands(POLICY, START, START)] == ["nothing"]


def test_other_spans_end_where_the_grammar_says():
    def ends(until):
        policy = {"zone": "America/New_York", "windows": [{"until": until, "outcome": "refund"}]}
        return bands(policy, START, datetime(2020, 9, 1, tzinfo=UTC))[0].ends

    assert ends({"days_before_start": 14}) == datetime(2020, 10, 5, 4, tzinfo=UTC)
    assert ends({"hours_before_start": 48}) == datetime(2020, 10, 17, 20, tzinfo=UTC)
    assert ends({"days_before_start": 0}) == START
    # Monday the 19th: the second business day before it is Thursday the 15th.
    assert ends({"business_days_before_start": 2, "inclusive": True}) == datetime(
        2020, 10, 16, 4, tzinfo=UTC
    )


def test_a_policy_that_cannot_be_read_gives_no_picture():
    now = datetime(2020, 9, 1, tzinfo=UTC)
    assert bands({}, START, now) == []
    assert bands({"windows": [{"until": {"moons_before_start": 1}}]}, START, now) == []


def test_how_long_a_credit_runs_is_said_where_it_runs_from_the_cancellation():
    assert lasts(POLICY, "credit") == "1 year"
    assert lasts(POLICY, "refund") == ""
    from_session = {"windows": [{"outcome": "credit", "expires": {"years": 1, "from": "year_end"}}]}
    assert lasts(from_session, "credit") == ""
    months = {"windows": [{"outcome": "credit", "expires": {"months": 18, "from": "issue"}}]}
    assert lasts(months, "credit") == "18 months"
