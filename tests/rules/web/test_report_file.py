"""The words of a refused line are those of its row, however many lines its cells go over."""

from __future__ import annotations

import pytest

from services.web.domain.report_file import taken_of

HEAD = "participant_id,note,joined_at"


@pytest.mark.parametrize(
    ("text", "row", "words"),
    [
        (f"{HEAD}\np-1,,x\np-2,,never\n", 3, "p-2,,never"),
        (f'{HEAD}\np-1,"in\n\nthree",x\np-2,,never\n', 3, "p-2,,never"),
        (f'{HEAD}\np-1,"in\ntwo",x\np-2,,never\n', 2, 'p-1,"in two",x'),
        (f"{HEAD}\n\np-2,,never", 3, "p-2,,never"),
        # With semicolons a quote behind a comma is a letter of a cell.
        ('participant_id;joined_at;left_at\np,"1;x;\np-2;never;', 3, "p-2;never;"),
        # Of Zoom's the row that names the columns says what stands between cells.
        ('Topic,A,B,C\nName\tJoin Time\tLeave Time\nx,"y\t1\t2\nz\tnever\t', 4, "z\tnever"),
        (f"{HEAD}\np-1,,x\n", 9, ""),
        (f"{HEAD}\np-1,,{'x' * 200_000}\np-2,,never\n", 3, ""),  # no reader takes such a cell
        ('{"intervals": []}', 1, ""),
    ],
)
def test_words_beside_a_row_are_its_own(text: str, row: int, words: str) -> None:
    [refused] = taken_of({"refused": [{"row": row, "detail": "No."}]}, text).refused
    assert (refused.row, refused.words, refused.why) == (row, words, "No.")
