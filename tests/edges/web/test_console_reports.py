"""A course's certificates, its rosters and reports to boards at the console: shown, made, answered."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from shared.runtime.service import Service
from tests.edges.web.owners import COURSE, Asked, Played, paged, problem
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_courses import HERE, OURS, WHOLE, desk, registered  # noqa: F401
from tests.edges.web.test_console_today import plain

THEIRS = f"/certificates/v1/courses/{COURSE}"


def standing(number: int, state: str = "valid", board: str = "NBCC", **more: Any) -> dict[str, Any]:
    issued = {
        "certificate_id": f"c-{number}", "number": f"2020-AAAA-BBBB-{number:04}",
        "status": "valid", "issued_at": "2020-11-10T00:02:00Z",
    }  # fmt: skip
    return {
        "registration_id": f"r-{number}", "board": board, "kind": "completion",
        "name": f"Learner {number:03}", "state": state, "credits": 8.0, "unit": "hours",
        "unmet": [], "certificate": issued if state == "valid" else None,
    } | more  # fmt: skip


LACKS = [{"condition": "evaluation", "detail": "The evaluation is not handed in yet."}]
EVERYBODY = [
    standing(1),
    standing(2, "lacking", credits=6.0, unmet=LACKS),
    standing(3, "declined", board="APA"),
    standing(4, "lacking", name=None),
]
REPORT = {
    "course_id": COURSE, "number": 1, "board": "NBCC", "format": "cebroker", "kind": "new",
    "state": "made", "made_at": "2020-11-12T09:00:00Z", "made_by": "console:u-17", "lines": 2,
    "held_back": 1, "sha256": "0" * 64, "size": 99, "refused_lines": [], "noted_at": None,
}  # fmt: skip
LINE = {
    "line": 1, "registration_id": "r-1", "certificate_id": "c-1", "credits": "8.0",
    "corrects": None, "refused": False,
}  # fmt: skip
LINES = [LINE, LINE | {"line": 2, "registration_id": "r-2", "refused": True}]
DUE = {
    "board": "NBCC", "format": "cebroker", "ready": 2, "changed": 1, "sent": 40,
    "reported_as": [], "held": {"license_number": 1, "withheld": 3},
}  # fmt: skip


@pytest.fixture
def given(desk: Service, owners: Played) -> Service:  # noqa: F811
    boards = [{"board": "NBCC"}, {"board": "APA"}]
    owners.on("GET", OURS, (200, WHOLE | {"boards": boards}))

    def standings(asked: Asked) -> tuple[int, Any]:
        board, state = asked.query.get("board"), asked.query.get("state")
        kept = [one for one in EVERYBODY if board in (None, "", one["board"])]
        return paged([one for one in kept if state in (None, "", one["state"])])(asked)

    owners.on("GET", f"{THEIRS}/standings", standings)
    owners.on("GET", f"{THEIRS}/reports", (200, {"items": [REPORT], "next": None}))
    owners.on("GET", f"{THEIRS}/reports/1/lines", paged(LINES))
    owners.on("POST", f"{THEIRS}/reports/preview", (200, DUE))
    return desk


async def test_everybody_stands_with_what_they_hold_or_lack(given: Service) -> None:
    async with staff(given, "finance") as client:
        said = plain((await client.get(f"{HERE}/certificates")).text)
        assert "Learner 001 NBCC Holds one 8.0 2020-AAAA-BBBB-0001 2020-11-10 00:02" in said
        assert "Learner 002 NBCC Lacks something The evaluation is not handed in yet. 6.0" in said
        assert "Learner 003 APA Declined" in said
        assert "erased NBCC" in said
        assert "4 lines" in said
        narrowed = plain((await client.get(f"{HERE}/certificates?board=NBCC&state=lacking")).text)
        assert "Learner 002" in narrowed
        assert "Learner 001" not in narrowed
        assert "Learner 003" not in narrowed
        found = plain((await client.get(f"{HERE}/certificates?q=handed")).text)
        assert "1 of 4 lines" in found
        junk = await client.get(f"{HERE}/certificates?state=good&board=&sort=nothing&page=x")
        assert junk.status_code == 200
    async with staff(given, "viewer", word="another") as client:
        assert (await client.get(f"{HERE}/certificates")).status_code == 403
        assert (await client.get(f"{HERE}/reports")).status_code == 403
        assert (await client.get(f"{HERE}/roster")).status_code == 403


async def test_the_sheet_is_whole_or_there_is_none(given: Service, owners: Played) -> None:
    many = [standing(number) for number in range(1, 1_231)]
    owners.on("GET", f"{THEIRS}/standings", paged(many))
    async with staff(given, "coordinator") as client:
        page = plain((await client.get(f"{HERE}/certificates")).text)
        assert "1,000 lines; there are more, narrow it down or take the CSV" in page
        sheet = await client.get(f"{HERE}/certificates?format=csv")
        rows = list(csv.reader(io.StringIO(sheet.text)))
        assert rows[0][:4] == ["Name", "Board", "State", "What is lacking"]
        assert [row[0] for row in rows[1:]] == [one["name"] for one in many]

        def ends(asked: Asked) -> tuple[int, Any]:
            return paged(many)(asked) if int(asked.query.get("after", 0)) < 400 else (503, {})

        owners.on("GET", f"{THEIRS}/standings", ends)
        refused = await client.get(f"{HERE}/certificates?format=csv")
        assert refused.status_code == 503
        assert "Learner" not in refused.text
        owners.down.add("certificates")
        assert "Certificates is away" in plain((await client.get(f"{HERE}/certificates")).text)


async def test_the_course_leads_to_them_and_a_roster_is_the_owners_file(
    given: Service, owners: Played
) -> None:
    owners.files[f"{THEIRS}/roster"] = b"board,certificate_number\r\nNBCC,2020-AAAA\r\n"
    async with staff(given, "coordinator") as client:
        page = (await client.get(HERE)).text
        assert f'href="{HERE}/certificates"' in page
        assert f'href="{HERE}/reports"' in page
        page = (await client.get(f"{HERE}/reports")).text
        assert f'href="{HERE}/roster?board=APA"' in page
        file = await client.get(f"{HERE}/roster?board=APA")
        assert file.content == owners.files[f"{THEIRS}/roster"]
        assert file.headers["content-disposition"] == (
            f'attachment; filename="{COURSE}-roster-APA.csv"'
        )
        [asked] = owners.calls(f"{THEIRS}/roster")
        assert asked.query == {"board": "APA", "format": "csv"}
        assert in_whose_name(asked) == "console:u-17"
        owners.files.clear()
        detail = "CE Broker takes a roster by its number of the provider."
        why = problem("reporting-missing", 409, detail)
        owners.on("GET", f"{THEIRS}/roster", (409, why))
        refused = await client.get(f"{HERE}/roster?board=APA&format=cebroker")
        assert (refused.status_code, detail in plain(refused.text)) == (409, True)
        assert "The file is not given out" in plain(refused.text)
        assert "no such file" not in plain(refused.text)
        owners.files[f"{THEIRS}/roster"] = b"board\r\n"
        of_one = await client.get(f'{HERE}/roster?board=A "B" Ü; C&format=pars')
        assert of_one.headers["content-disposition"] == (
            f'attachment; filename="{COURSE}-roster-ABC-pars.csv"'
        )


async def test_reports_are_listed_and_one_shows_whom_its_lines_are_about(
    given: Service, owners: Played
) -> None:
    people = [registered(1), registered(2)]
    owners.on("GET", f"{OURS}/registrations", paged(people))
    owners.files[f"{THEIRS}/reports/1"] = b"1234,567890\r\n"
    async with staff(given, "finance") as client:
        page = (await client.get(f"{HERE}/reports")).text
        assert "1 NBCC No answer noted New lines 2 1 2020-11-12 09:00 console:u-17" in plain(page)
        assert f"{HERE}/reports/new" not in page, "finance makes none"
        said = plain((await client.get(f"{HERE}/reports/1")).text)
        assert "1 Learner 001 8.0" in said
        assert "2 Learner 002 8.0 Refused" in said
        assert "Note the answer" not in said
        file = await client.get(f"{HERE}/reports/1/file")
        assert file.content == b"1234,567890\r\n"
        owners.down.add("registration")
        said = plain((await client.get(f"{HERE}/reports/1")).text)
        assert "Registration does not say who some of them are" in said
        assert "1 r-1 8.0" in said
        owners.down.clear()
        owners.on("GET", f"{THEIRS}/reports/1/lines", (404, {}))
        assert (await client.get(f"{HERE}/reports/1")).status_code == 404
        for none in ("2", "0", "x", "99999999999"):
            assert (await client.get(f"{HERE}/reports/{none}")).status_code == 404


async def test_a_report_says_what_it_would_hold_and_is_made_once(
    given: Service, owners: Played
) -> None:
    owners.on("POST", f"{THEIRS}/reports", (201, REPORT | {"made": [1], "held": {}}))
    async with staff(given, "coordinator") as client:
        page = (await client.get(f"{HERE}/reports/new?board=NBCC")).text
        for words in (
            "Nothing has been done yet.", "New lines 2", "Corrections of lines that went out 1",
            "3: their award is withheld", "1: the licence number is missing, or none that a registry knows",
            "Two files are made", "Holdfast sends nothing by itself: take each file",
        ):  # fmt: skip
            assert words in plain(page)
        [asked] = [one for one in owners.asked if one.method == "POST"]
        assert asked.body == {"board": "NBCC", "format": ""}
        assert asked.path == f"{THEIRS}/reports/preview", "nothing is made by it"
        found = re.search(r'name="key" value="([0-9a-f]{32})"', page)
        assert found
        form = {"csrf": csrf(page), "key": found[1], "board": "NBCC", "format": ""}
        owners.down.add("certificates")
        unknown = await client.post(f"{HERE}/reports/new", data=form)
        assert unknown.status_code == 503
        assert "Whether it was done is not known" in plain(unknown.text)
        assert "Nothing was done" not in plain(unknown.text)
        owners.down.clear()
        for _ in range(2):
            done = await client.post(f"{HERE}/reports/new", data=form | {"unsure": "yes"})
            assert (done.status_code, done.headers["location"]) == (
                303, f"{HERE}/reports?done=made",
            )  # fmt: skip
        first, second = owners.calls(f"{THEIRS}/reports")[-2:]
        assert first.body == {"board": "NBCC", "format": ""}
        assert first.key == second.key == found[1]
        assert in_whose_name(first) == "console:u-17"
        detail = "Nobody is ready to be reported to this board yet."
        owners.on("POST", f"{THEIRS}/reports", (409, problem("nothing-to-report", 409, detail)))
        refused = await client.post(f"{HERE}/reports/new", data=form)
        assert (refused.status_code, detail in plain(refused.text)) == (409, True)
    async with staff(given, "finance", word="another") as client:
        token = csrf((await client.get(f"{HERE}/reports")).text)
        assert (await client.get(f"{HERE}/reports/new?board=NBCC")).status_code == 403
        refused = await client.post(f"{HERE}/reports/new", data=form | {"csrf": token})
        assert refused.status_code == 403


@pytest.mark.parametrize(
    ("typed", "body"),
    [
        ({"took": "accepted"}, {"outcome": "accepted"}),
        ({"took": "all"}, {"outcome": "refused"}),
        ({"took": "some", "lines": "2, 1-2"}, {"outcome": "refused", "lines": [1, 2]}),
    ],
)
async def test_what_a_registry_answered_is_noted(
    given: Service, owners: Played, typed: dict[str, str], body: dict[str, Any]
) -> None:
    owners.on("POST", f"{THEIRS}/reports/1/outcome", (200, REPORT))
    at = f"{HERE}/reports/1/outcome"
    async with staff(given, "coordinator") as client:
        page = (await client.get(at)).text
        assert "counts as never sent" in plain(page)
        done = await client.post(at, data={"csrf": csrf(page), "key": "3" * 32, **typed})
        assert (done.status_code, done.headers["location"]) == (
            303, f"{HERE}/reports/1?done=noted",
        )  # fmt: skip
    [asked] = owners.calls(f"{THEIRS}/reports/1/outcome")
    assert (asked.body, in_whose_name(asked)) == (body, "console:u-17")


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"took": "well"},
        {"took": "some"},
        {"took": "some", "lines": "two"},
        {"took": "some", "lines": "5-3"},
        {"took": "some", "lines": "0"},
        {"took": "some", "lines": "1-99999"},
        {"took": "accepted", "lines": "4"},
    ],
)
async def test_an_answer_that_cannot_be_is_refused_and_nothing_typed_is_lost(
    given: Service, owners: Played, typed: dict[str, str]
) -> None:
    at = f"{HERE}/reports/1/outcome"
    async with staff(given, "coordinator") as client:
        form = {"csrf": csrf((await client.get(at)).text), "key": "3" * 32, **typed}
        page = await client.post(at, data=form)
        assert page.status_code == 422
        assert f">{typed.get('lines', '')}</textarea>" in page.text
        assert owners.calls(f"{THEIRS}/reports/1/outcome") == []
        owners.down.add("certificates")
        away = await client.post(at, data=form | {"took": "accepted", "lines": ""})
        assert (away.status_code, "Nothing was done" in plain(away.text)) == (503, True)


async def test_two_hundred_lines_that_do_not_adjoin_are_noted_whole(
    given: Service, owners: Played
) -> None:
    owners.on("POST", f"{THEIRS}/reports/1/outcome", (200, REPORT))
    at, lines = f"{HERE}/reports/1/outcome", list(range(1_001, 1_401, 2))
    typed = ", ".join(str(line) for line in lines)
    async with staff(given, "coordinator") as client:
        form = {"csrf": csrf((await client.get(at)).text), "key": "3" * 32, "took": "some"}
        done = await client.post(at, data=form | {"lines": typed})
        assert done.status_code == 303
        [asked] = owners.calls(f"{THEIRS}/reports/1/outcome")
        assert asked.body == {"outcome": "refused", "lines": lines}
        owners.on("POST", f"{THEIRS}/reports/1/outcome", (422, problem("invalid", 422, "No.")))
        refused = await client.post(at, data=form | {"lines": typed})
        assert (refused.status_code, f">{typed}</textarea>" in refused.text) == (422, True)
        told = len(owners.calls(f"{THEIRS}/reports/1/outcome"))
        longest = ", ".join(str(line) for line in range(1, 20_000))
        cut = await client.post(at, data=form | {"lines": longest})
        assert (cut.status_code, "longer than all lines of a report" in plain(cut.text)) == (
            422, True,
        )  # fmt: skip
        assert len(owners.calls(f"{THEIRS}/reports/1/outcome")) == told, "no cut list is sent"


async def test_who_stands_beyond_the_page_is_not_said_to_be_nowhere(
    given: Service, owners: Played
) -> None:
    many = [standing(number) for number in range(1, 1_231)]
    owners.on("GET", f"{THEIRS}/standings", paged(many))
    async with staff(given, "coordinator") as client:
        page = (await client.get(f"{HERE}/certificates?q=Learner+1200")).text
        assert "Of the first 1,000 none holds “Learner 1200”; there are more." in plain(page)
        assert "Nothing here holds" not in page
        assert f'href="{HERE}/certificates?q=Learner+1200&amp;format=csv"' in page
        file = await client.get(f"{HERE}/certificates?q=Learner+1200&format=csv")
        assert [row[0] for row in csv.reader(io.StringIO(file.text))] == ["Name", "Learner 1200"]
        owners.on("GET", f"{THEIRS}/standings", paged(many[:9]))
        page = plain((await client.get(f"{HERE}/certificates?q=Learner+1200")).text)
        assert "Nothing here holds “Learner 1200”. Show all 9" in page


async def test_lines_are_found_by_name_on_the_page_and_in_the_file(
    given: Service, owners: Played
) -> None:
    owners.on("GET", f"{OURS}/registrations", paged([registered(1), registered(2)]))
    many = [LINE | {"line": at, "registration_id": f"r-{at}"} for at in range(1, 1_203)]
    many[0] |= {"credits": "10"}
    owners.on("GET", f"{THEIRS}/reports/1/lines", paged(many))
    at = f"{HERE}/reports/1"
    async with staff(given, "finance") as client:
        file = await client.get(f"{at}?q=Learner+002&format=csv")
        rows = list(csv.reader(io.StringIO(file.text)))
        assert rows[0][:3] == ["Line", "Who", "Credits"]
        assert [row[:3] for row in rows[1:]] == [["2", "Learner 002", "8.0"]]
        whole = list(csv.reader(io.StringIO((await client.get(f"{at}?format=csv")).text)))
        assert len(whole) == 1 + 1_202
        highest = plain((await client.get(f"{at}?sort=-credits")).text)
        assert highest.index("Learner 001 10") < highest.index("Learner 002 8.0")
        owners.down.add("registration")
        assert "Registration does not say" in plain((await client.get(f"{at}?q=Learner+002")).text)
        refused = await client.get(f"{at}?q=Learner+002&format=csv")
        assert (refused.status_code, "r-2" in refused.text) == (503, False)
        assert "Registration is away" in plain(refused.text)


@pytest.mark.parametrize("status", [401, 403, 409, 429])
@pytest.mark.parametrize("query", ["", "?format=csv"])
async def test_what_is_refused_is_not_known_and_no_fact_is_told_of_it(
    given: Service, owners: Played, status: int, query: str
) -> None:
    certain = ("does not know this course yet", "on record", "There is no such", "not found")
    async with staff(given, "coordinator") as client:
        for theirs, ours in (
            (f"{THEIRS}/standings", f"{HERE}/certificates"),
            (f"{THEIRS}/reports/1/lines", f"{HERE}/reports/1"),
            (f"{THEIRS}/reports", f"{HERE}/reports/1"),
            (f"{THEIRS}/reports", f"{HERE}/reports/1/outcome"),
            (f"{THEIRS}/reports", f"{HERE}/reports"),
            (OURS, f"{HERE}/reports"),
            (OURS, f"{HERE}/certificates"),
        ):
            before = owners.answers["GET", theirs]
            owners.on("GET", theirs, (status, problem("refused", status)))
            page = await client.get(f"{ours}{query}")
            owners.on("GET", theirs, before)
            owner = "Registration" if theirs == OURS else "Certificates"
            assert f"{owner} is away" in plain(page.text), (theirs, ours)
            assert not [words for words in certain if words in plain(page.text)], (theirs, ours)
        owners.on("GET", f"{THEIRS}/reports", (404, problem("course-unknown", 404)))
        page = plain((await client.get(f"{HERE}/reports")).text)
        assert "Certificates does not know this course yet" in page


async def test_a_report_says_in_which_formats_it_counts(given: Service, owners: Played) -> None:
    at = f"{HERE}/reports/new?board=NBCC"
    async with staff(given, "coordinator") as client:
        page = (await client.get(at)).text
        assert "is not reported to NBCC again in this format, but for a correction" in plain(page)
        assert "in another format before" not in plain(page)
        assert "Everybody with why, CSV" in plain(page)
        owners.on("POST", f"{THEIRS}/reports/preview", (
            200, DUE | {"format": "csv", "reported_as": ["cebroker", "pars"]},
        ))  # fmt: skip
        page = (await client.get(at)).text
        assert (
            "Reports to NBCC went out in another format before (CE Broker, ACCME PARS). "
            "Whoever stood in those is new here."
        ) in plain(page)
        assert "Everybody with why" not in page, "a plain sheet has only who was issued one"
        assert f"{HERE}/roster" not in page
        assert f'href="{HERE}/certificates?board=NBCC"' in page
