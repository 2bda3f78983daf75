"""A group's sheet, as spreadsheets write them: its lines, and what is wrong where."""

import pytest

from services.registration.domain.group_sheet import SheetInvalid, SheetLine, read_sheet


def lines(text: str, disclosure: str | None = None) -> list[SheetLine]:
    return list(read_sheet(text.encode(), disclosure).lines)


def test_rows_are_lines_and_the_first_one_names_the_columns():
    [ada, bea] = lines(
        "Email,Name,License State,license_number,zone\n"
        'ada@x.example,"Lovelace, Ada",NY,000123,Europe/London\n'
        "bea@x.example,Bea,,,\n"
    )
    assert ada.row == 2
    assert ada.body == {
        "attendee": {
            "name": "Lovelace, Ada",
            "email": "ada@x.example",
            "zone": "Europe/London",
            "licenses": [{"state": "NY", "number": "000123"}],
        }
    }
    assert bea.row == 3
    assert bea.body["attendee"] == {"name": "Bea", "email": "bea@x.example", "licenses": []}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("begin", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_whatever_the_spreadsheet_puts_between_before_and_after(mark: str, begin: str, end: str):
    [one] = lines(begin + end.join([f"name{mark}email", f"Zoë{mark}z@x.example", ""]))
    assert one.body["attendee"]["name"] == "Zoë"


def test_several_licences_are_numbered_columns_or_several_in_a_cell():
    head = "name,email,license_profession,license_state,license_number,license_state_2\n"
    [one] = lines(head + "A,a@x.example,counselor|mft,NY|NJ,1|2,CA\n")
    assert one.body["attendee"]["licenses"] == [
        {"profession": "counselor", "state": "NY", "number": "1"},
        {"profession": "mft", "state": "NJ", "number": "2"},
        {"state": "CA"},
    ]
    at = "/registrations/0/attendee/licenses"
    assert one.column_of(f"{at}/1/state") == "/rows/2/license_state"
    assert one.column_of(f"{at}/2/state") == "/rows/2/license_state_2"
    assert one.column_of("/registrations/0/attendee/email") == "/rows/2/email"


def test_empty_rows_are_left_out_and_rows_are_counted_as_people_see_them():
    assert [one.row for one in lines("name,email\n\n,\nA,a@x.example\n , \nB,b@x.example\n")] == [
        4,
        6,
    ]


def test_the_disclosure_of_the_order_holds_where_a_row_names_none():
    head = "name,email,disclosure_version\n"
    [own, usual] = lines(head + "A,a@x.example,old\nB,b@x.example,\n", "new")
    assert (own.body["disclosure_version"], usual.body["disclosure_version"]) == ("old", "new")


def test_a_row_with_more_cells_than_columns_is_wrong_and_spoils_no_other():
    [good, bad] = lines("name,email\nA,a@x.example\nLovelace, Ada,ada@x.example\n")
    assert good.fault is None
    assert bad.fault is not None
    assert bad.fault.errors[0]["pointer"] == "/rows/3"


def test_a_column_that_nobody_reads_is_told():
    sheet = read_sheet(b"name,email,department\nA,a@x.example,Ward 3\n")
    assert sheet.warnings == ["The column department is not read by anybody."]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "name and email are needed"),
        (b"\xff\xfen\x00a\x00", "not UTF-8"),
        (b"%PDF-1.7 \x00\x01", "name and email are needed"),
        (b"name,mail\nA,a@x.example\n", "Missing: email"),
        (b"name,email,Email\nA,a@x.example,b\n", "a name of its own"),
        (b"name,email\n", "this one has 0"),
        (b"name,email\n" + b"A,a@x.example\n" * 501, "this one has 501"),
        (b'name,email\n"A,a@x.example\n', "cannot be read as CSV"),
        (b"name,email\n" + b"A" * 200_000 + b",a@x.example\n", "cannot be read as CSV"),
    ],
)
def test_what_is_no_sheet_of_a_group_is_refused_as_a_whole(content: bytes, told: str):
    with pytest.raises(SheetInvalid) as refused:
        read_sheet(content)
    assert told in refused.value.detail


def test_five_hundred_are_a_group():
    assert len(lines("name,email\n" + "A,a@x.example\n" * 500)) == 500
