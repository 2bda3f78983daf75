"""Rosters as registries take them: every format against bytes written by hand, with junk in names."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certificates.domain.reporting import first_look, next_look
from services.certificates.domain.sheets import (
    Corrected,
    Line,
    Registry,
    cell,
    cells,
    heads,
    lack_of,
    mark_of,
    sheet,
)

REGISTRY = Registry(
    board="ANCC",
    unit="contact hours",
    approved=Decimal(8),
    own_id="attachment-2020",
    provider_id="50-1234",
    activity_id="20-567890",
    professions={"nurse": "RN"},
    subjects={"ethics": "ET", "general": "GE"},
    licensed=True,
)
ADA = Line(
    number="2020-QELS-ARCG-G555",
    name="Ada Lovelace, RN",
    profession="nurse",
    license_state="FL",
    license_number="RN 0001",
    birth_day="12-10",
    credits=Decimal("8.0"),
    categories={},
    completed_on=date(2020, 11, 9),
    issued_on=date(2020, 11, 10),
)
PARTIAL = replace(ADA, credits=Decimal("5.5"), categories={"ethics": Decimal(1)})


def report(form: str, *lines: Line) -> str:
    return sheet([row for row in [heads(form)] if row] + [cells(form, REGISTRY, x) for x in lines])


def correction(form: str, line: Line, was: Corrected) -> str:
    return sheet([heads(form, correction=True), cells(form, REGISTRY, line, was)])


def test_ce_broker_takes_columns_a_to_h_for_full_credit_and_no_row_of_names():
    assert report("cebroker", ADA) == ("1234,567890,,,RN 0001,11/9/2020,State=FL,Profession=RN\r\n")


def test_ce_broker_takes_partial_credit_by_subject_area_from_column_i_on():
    assert report("cebroker", PARTIAL, ADA) == (
        "1234,567890,,,RN 0001,11/9/2020,State=FL,Profession=RN,ET,1.0,GE,4.5\r\n"
        "1234,567890,,,RN 0001,11/9/2020,State=FL,Profession=RN\r\n"
    )


def test_ce_broker_is_told_no_more_hours_than_the_credit():
    both = {"ethics": Decimal(2), "general": Decimal(2)}
    beyond = replace(ADA, credits=Decimal(2), categories=both)
    found = lack_of("cebroker", REGISTRY, beyond)
    assert found is not None
    assert found.reason == "subject_hours"
    assert lack_of("cebroker", REGISTRY, replace(beyond, credits=Decimal(4))) is None
    assert lack_of("csv", REGISTRY, beyond) is None


def test_a_course_without_ce_broker_s_number_goes_by_its_own_in_column_c():
    own = replace(REGISTRY, activity_id="")
    assert sheet([cells("cebroker", own, ADA)]) == (
        "1234,,attachment-2020,,RN 0001,11/9/2020,State=FL,Profession=RN\r\n"
    )


def test_a_correction_for_ce_broker_has_names_for_nobody_shall_upload_it():
    assert correction("cebroker", PARTIAL, Corrected(1, 3, "8.0")) == (
        "provider,course,own_course_id,publishing,license_number,completed_on,state,profession,"
        "subject,hours,corrects_report,corrects_line,credits_before\r\n"
        "1234,567890,,,RN 0001,11/9/2020,State=FL,Profession=RN,ET 1.0; GE 4.5,5.5,1,3,8.0\r\n"
    )


def test_what_was_revoked_is_corrected_to_nothing():
    gone = replace(ADA, credits=Decimal(0))
    assert correction("cebroker", gone, Corrected(2, 14, "8.0")).splitlines()[1] == (
        "1234,567890,,,RN 0001,11/9/2020,State=FL,Profession=RN,,0.0,2,14,8.0"
    )
    assert correction("pars", gone, Corrected(2, 14, "8.0")).splitlines()[1] == (
        '20-567890,"Ada Lovelace, RN",FL,RN 0001,12,10,0.0,2020-11-09,2,14,8.0'
    )


def test_the_physicians_learner_report_has_the_day_of_birth_and_no_year():
    assert report("pars", PARTIAL) == (
        "activity_id,name,license_state,license_number,birth_month,birth_day,credits,completed_on"
        "\r\n"
        '20-567890,"Ada Lovelace, RN",FL,RN 0001,12,10,5.5,2020-11-09\r\n'
    )


def test_a_board_s_own_list_is_plain_csv():
    assert report("csv", ADA) == (
        "board,certificate_number,name,profession,license_state,license_number,credits,unit,"
        "completed_on,issued_on\r\n"
        'ANCC,2020-QELS-ARCG-G555,"Ada Lovelace, RN",nurse,FL,RN 0001,8.0,contact hours,'
        "2020-11-09,2020-11-10\r\n"
    )


@pytest.mark.parametrize(
    ("form", "changes", "reason"),
    [
        ("csv", {}, None),
        ("csv", {"license_number": ""}, "license_number"),
        ("csv", {"license_number": "+1234"}, None),
        ("csv", {"birth_day": ""}, None),
        ("csv", {"name": " "}, "name"),
        ("cebroker", {}, None),
        ("cebroker", {"license_number": ""}, "license_number"),
        ("cebroker", {"license_number": "+1234"}, "license_number"),
        ("cebroker", {"license_number": " =1234"}, "license_number"),
        ("cebroker", {"license_number": "12-34"}, None),
        ("cebroker", {"license_state": ""}, "license_state"),
        ("cebroker", {"profession": "physician"}, "profession_code"),
        ("cebroker", {"profession": ""}, "profession_code"),
        ("cebroker", {"birth_day": ""}, None),
        ("cebroker", {"credits": Decimal(5), "categories": {"law": Decimal(5)}}, "subject_code"),
        ("cebroker", {"credits": Decimal(5)}, None),
        ("pars", {}, None),
        ("pars", {"license_number": ""}, "license_number"),
        ("pars", {"license_state": ""}, "license_state"),
        ("pars", {"birth_day": ""}, "birth_day"),
        ("pars", {"profession": "astronaut"}, None),
    ],
)
def test_what_keeps_a_line_out_of_a_report(form, changes, reason):
    lack = lack_of(form, REGISTRY, replace(ADA, **changes))
    assert (lack.reason if lack else None) == reason


def test_a_board_without_licences_reports_whoever_has_none():
    educators = replace(REGISTRY, licensed=False)
    assert lack_of("csv", educators, replace(ADA, license_number="", license_state="")) is None


def test_a_correction_is_due_when_the_registry_would_read_something_else():
    before = mark_of("cebroker", REGISTRY, ADA)
    assert mark_of("cebroker", REGISTRY, replace(ADA, name="Ada King")) == before  # no column of it
    assert mark_of("cebroker", REGISTRY, replace(ADA, number="another")) == before
    for change in (
        {"license_number": "RN 0002"}, {"license_state": "GA"}, {"credits": Decimal(0)},
        {"credits": Decimal(6)}, {"completed_on": date(2020, 11, 10)},
    ):  # fmt: skip
        assert mark_of("cebroker", REGISTRY, replace(ADA, **change)) != before
    assert mark_of("pars", REGISTRY, ADA) != mark_of("csv", REGISTRY, ADA)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("=HYPERLINK(A1)", "'=HYPERLINK(A1)"),
        (" =1+1", "'=1+1"),
        ("\t=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("Ada\r\nLovelace", "Ada Lovelace"),
        ("Ada\x00Lovelace", "Ada Lovelace"),
        ("\u202eecalevoL adA", "ecalevoL adA"),
        ("Ada\u2028Lovelace", "Ada Lovelace"),
        ("\ufeff=1", "'=1"),
        ("O'Neil", "O'Neil"),
        ("Žaneta Łuczyńska", "Žaneta Łuczyńska"),
        ("שרה לוי", "שרה לוי"),
    ],
)
def test_a_name_is_one_line_of_what_can_be_seen_and_no_formula(name, shown):
    assert cell(name) == shown


def test_commas_and_quotes_stay_within_their_cell():
    assert sheet([['Ada, Countess of "Lovelace"', "x"]]) == (
        '"Ada, Countess of ""Lovelace""",x\r\n'
    )


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_whatever_is_in_a_cell_the_line_stays_a_line_of_as_many_cells(texts):
    text = sheet([texts, ["end"] * len(texts)])
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [len(row) for row in rows if row] == [len(texts)] * 2 or len(texts) == 1
    assert rows[-1] == ["end"] * len(texts)
    assert not any(value[:1] in "=+-@" and value for value in rows[0])


END = datetime(2020, 11, 9, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("within", "day"),
    [(30, "2020-12-06"), (3, "2020-11-09"), (0, "2020-11-09"), (10, "2020-11-16")],
)
def test_a_report_is_looked_for_three_days_before_it_is_due_and_never_before_the_end(within, day):
    assert first_look(END, within).date().isoformat() == day


def test_then_daily_until_it_is_due_weekly_for_a_year_and_no_more():
    assert next_look(datetime(2020, 12, 6, 23, tzinfo=UTC), END, 30) == datetime(
        2020, 12, 7, 23, tzinfo=UTC
    )
    assert next_look(datetime(2020, 12, 9, 23, tzinfo=UTC), END, 30) == datetime(
        2020, 12, 16, 23, tzinfo=UTC
    )
    assert next_look(datetime(2021, 12, 10, 23, tzinfo=UTC), END, 30) is None
