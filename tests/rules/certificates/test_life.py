"""The life of a registration: one table, whatever the order in which it is told."""

from __future__ import annotations

import pytest

from services.certificates.domain.life import Standing, end_of, goes, standing, whose

FINAL = ["cancelled", "transferred", "unseated"]
RAN_OUT = ["expired", "lapsed"]


@pytest.mark.parametrize("how", FINAL)
def test_what_has_ended_stays_ended_whatever_is_told_of_it_later(how):
    now = standing(confirmed=True, ended=how)
    assert now is Standing.ENDED
    assert not any(goes(now, event) for event in Standing)


@pytest.mark.parametrize("how", RAN_OUT)
def test_whose_hold_or_offer_ran_out_may_still_be_confirmed_or_end(how):
    now = standing(confirmed=False, ended=how)
    assert {event for event in Standing if goes(now, event)} == {
        Standing.CONFIRMED,
        Standing.ENDED,
    }


@pytest.mark.parametrize("how", RAN_OUT)
def test_to_run_out_has_no_effect_on_who_is_confirmed(how):
    assert not goes(standing(confirmed=True, ended=None), end_of(how))


@pytest.mark.parametrize("how", [*FINAL, *RAN_OUT])
def test_who_is_not_confirmed_yet_may_end_in_each_way(how):
    assert goes(standing(confirmed=False, ended=None), end_of(how))


@pytest.mark.parametrize(
    ("known", "said", "turns"),
    [
        (None, None, True),
        (None, 1, True),
        (1, 1, True),
        (1, 2, True),
        (2, 1, False),
        (1, None, False),
    ],
)
def test_whose_it_is_only_a_statement_under_the_latest_token_tells(known, said, turns):
    assert whose(known, said) is turns
