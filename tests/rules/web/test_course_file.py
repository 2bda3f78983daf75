"""A course file as staff hand it in: what it says, and on which line."""

import pytest

from services.web.course_file import Unreadable, read

TEXT = """\
id: attachment-2027
title: Attachment
sessions:
  - id: s1
    date: 2027-10-19
    from: "16:00"
  - id: s2
    date: 2027-10-26
policy: {windows: [{until: start}]}
"a/b": 1
"""


def test_days_stay_words_and_every_part_has_its_line():
    file = read(TEXT)
    assert file.course_id == "attachment-2027"
    assert file.course["sessions"][1] == {"id": "s2", "date": "2027-10-26"}
    places = {
        "/title": 2,
        "/sessions": 3,
        "/sessions/0/from": 6,
        "/sessions/1": 7,
        "/sessions/1/from": 7,  # not there: where it should be
        "/policy/windows/0/until": 9,
        "/a~1b": 10,
        "/nothing/of/it": 1,
        "": 1,
    }
    assert {pointer: file.line_of(pointer) for pointer in places} == places


def test_a_day_that_there_is_not_is_left_to_who_knows_courses():
    assert read("id: x\ndate: 2027-02-30").course == {"id": "x", "date": "2027-02-30"}


def test_json_is_read_too():
    assert read('{"id": "x", "sessions": [{"date": "2027-01-01"}]}').course["sessions"] == [
        {"date": "2027-01-01"}
    ]


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("", "It is no course: it has no `id`.", 0),
        ("title: no id", "It is no course: it has no `id`.", 0),
        ("- a\n- b", "It is no course: it has no `id`.", 0),
        ("id: x\nsessions: [", "It is neither YAML nor JSON: ", 2),
        ("id: x\na: &a [1]\nb: *a", "A course file has no aliases (`*name`).", 3),
        ("id: .nan\nx: .nan", "It is neither YAML nor JSON.", 0),
        ("id: !!python/object/apply:os.system [ls]", "It is neither YAML nor JSON: ", 1),
        ("[" * 5_000, "It is neither YAML nor JSON.", 0),
        ("id: x\x00", "It is neither YAML nor JSON.", 0),
    ],
    ids=["empty", "no-id", "a-list", "torn", "alias", "nan", "code", "deep", "nul"],
)
def test_what_is_no_course_file_says_why_and_where(text: str, why: str, line: int):
    with pytest.raises(Unreadable) as said:
        read(text)
    assert str(said.value).startswith(why)
    assert said.value.line == line
