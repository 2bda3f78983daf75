"""The report is fetched from a Zoom that misbehaves; whatever it does, each line counts once."""

from typing import Any

import httpx
import pytest

from services.attendance.commands.platform import Busy
from services.attendance.domain import pages
from services.attendance.zoom import Zoom
from tests.edges.attendance.conftest import (
    ADA,
    ADAS,
    BEN,
    BENS,
    COURSE,
    MEETING,
    A,
    B,
    Connected,
    World,
    course,
    third,
    two_of_a_day,
)
from tests.edges.attendance.fake_zoom import (
    ACCOUNT,
    CLIENT,
    PASSWORD,
    Run,
    row,
    zoom_on_loopback,
)
from tests.edges.attendance.test_zoom import said, zoom_says
from tests.stage import killed_at

END = "2020-11-02T23:02:00Z"  # two minutes after it
FULL = [
    row("21:00:00", "22:00:00", customer_key=ADAS, user_id="1"),
    row("22:00:00", "23:00:00", customer_key=ADAS, user_id="2", bo_mtg_id="C0Vqcg+k7BWzcIf2vU7Phg=="),
    row("20:50:00", "21:00:00", customer_key=BENS, user_id="3", status="in_waiting_room"),
    row("21:00:00", "22:15:00", customer_key=BENS, user_id="4", name=""),
    row("21:00:00", "21:30:00", user_id="5", name="", user_email=""),
]  # fmt: skip
SETTLED = {ADA: (7200, True, 1), BEN: (4500, False, 1)}
UPGRADED = {ADA: (7200, True, 2), BEN: (4500, False, 2)}  # completed after an hour, without it


async def test_the_report_is_fetched_after_the_end_and_the_session_complete_sooner(
    connected: Connected,
) -> None:
    connected.runs(A=FULL)
    await connected.world.at("2020-11-02T22:59:00Z")
    assert (await connected.report())["state"] == "planned"
    assert connected.zoom.asked == []
    await connected.world.at("2020-11-02T23:04:00Z")
    report = await connected.report()
    assert (report["state"], report["pages"], report["lines"]) == ("done", 3, 5)
    assert (report["refused"], report["tries"], report["trouble"]) == (0, 0, None)
    assert [run["uuid"] for run in report["instances"]] == [A]
    assert await connected.settled() == SETTLED
    assert (await connected.world.view("s3"))["unmatched"] == 1
    [done] = [e for e in await connected.world.said("session.completed") if e["session_id"] == "s3"]
    assert (done["by"], done["completed_at"]) == ("report", "2020-11-02T23:03:00Z")
    assert connected.zoom.calls("/oauth/token") == 1
    assert connected.zoom.calls("page_size=300") == 3
    assert "/%252Fa%252Fb%252Bc%253D%253D/" in "".join(connected.zoom.asked)


async def test_without_an_account_nothing_is_planned_and_nothing_fetched(enrolled: World) -> None:
    await enrolled.at("2020-11-03T00:00:00Z")
    assert (await enrolled.view("s3"))["report"] is None
    assert await enrolled.count("report_fetches") == 0
    answer = await enrolled.http.post(
        f"/attendance/v1/sessions/{COURSE}/s3/fetch-report", headers={"Idempotency-Key": "k"}
    )
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/zoom-not-connected")


TROUBLES: dict[str, list[tuple[Any, ...]]] = {
    "a 500 in the middle": [("/participants", 500)],
    "a 502 without JSON": [("/participants", 502, "<html>")],
    "200 without JSON": [("/participants", 200, "<html>")],
    "200 with something else": [("/participants", 200, {"participants": {}})],
    "the list of runs is away": [("/instances", 503)],
    "the token is away": [("/oauth/token", 500)],
    "a token that holds nothing": [("/oauth/token", 200, {})],
    "the rate limit": [("/participants", 429)],
    "no such runs yet": [("/instances", 404, {"code": 3001}), ("/instances", 200, {"meetings": []})],
    "not ready for a while": [("/participants", 404, {"code": 3001})] * 3,
}  # fmt: skip


@pytest.mark.parametrize("case", TROUBLES)
async def test_what_goes_wrong_is_tried_again_and_every_line_counts_once(
    connected: Connected, case: str
) -> None:
    connected.runs(A=FULL)
    for trouble in TROUBLES[case]:
        connected.zoom.trouble(*trouble)
    await connected.world.at("2020-11-02T23:30:00Z")
    assert connected.zoom.troubles == []
    report = await connected.report()
    assert (report["state"], report["lines"], report["trouble"]) == ("done", 5, None)
    assert await connected.settled() == SETTLED
    assert await connected.tasks() == ["participants-unmatched"]


async def test_a_page_that_is_told_twice_is_kept_once(connected: Connected) -> None:
    connected.runs(A=[*FULL[:2], *FULL[:2], *FULL, FULL[0]])
    await connected.world.at("2020-11-02T23:30:00Z")
    assert (await connected.report())["lines"] == 5
    assert await connected.world.count("report_lines") == 5
    assert await connected.settled() == SETTLED


async def test_a_token_of_a_page_that_runs_out_starts_its_run_again(connected: Connected) -> None:
    connected.runs(A=FULL)
    await connected.world.at("2020-11-02T23:01:00Z")
    connected.world.clock.time = connected.world.clock.time.replace(minute=2)
    await step(connected, 2)  # the list of runs, and the first page
    assert (await connected.report())["lines"] == 2
    connected.zoom.forget_pages()
    await step(connected, 1)
    report = await connected.report()
    assert (report["state"], report["trouble"], report["lines"]) == ("waiting", "page-expired", 2)
    await connected.world.at("2020-11-02T23:30:00Z")
    assert (await connected.report())["lines"] == 5
    assert await connected.settled() == SETTLED


async def test_an_access_token_that_is_refused_midway_is_asked_for_anew(
    connected: Connected,
) -> None:
    connected.runs(A=FULL)
    await connected.world.at("2020-11-02T23:01:00Z")
    connected.world.clock.time = connected.world.clock.time.replace(minute=2)
    await step(connected, 2)
    connected.zoom.forget_tokens()
    await connected.world.at("2020-11-02T23:30:00Z")
    assert connected.zoom.calls("/oauth/token") == 2
    assert await connected.settled() == SETTLED
    assert await connected.tasks() == ["participants-unmatched"]


@pytest.mark.parametrize(
    ("after", "at"),
    [
        ("600", "2020-11-02T23:12:00Z"),
        ("junk", "2020-11-02T23:03:00Z"),
        ("-5", "2020-11-02T23:03:00Z"),
        ("99999999999", "2020-11-03T22:00:00Z"),
    ],
)
async def test_who_is_told_when_to_come_again_comes_then(
    connected: Connected, after: str, at: str
) -> None:
    connected.runs(A=FULL)
    connected.zoom.trouble("/participants", 429, retry_after=after)
    await connected.world.at("2020-11-02T23:02:30Z")
    report = await connected.report()
    if after == "99999999999":  # longer than a day: a human is quicker
        assert (report["state"], report["next_at"]) == ("given_up", None)
        return
    assert (report["state"], report["trouble"], report["next_at"]) == (
        "waiting",
        "rate-limited",
        at,
    )


async def test_two_runs_and_a_rehearsal(connected: Connected) -> None:
    connected.runs(A=FULL[2:], B=FULL[:2])
    day_before = [row("21:00:00", "23:00:00", customer_key=BENS, user_id="9")]
    connected.zoom.runs["C"] = Run(MEETING, "2020-10-31T20:00:00Z", day_before)
    connected.zoom.runs["D"] = Run(MEETING, "2020-11-02T23:00:00Z", day_before)
    await connected.world.at("2020-11-02T23:30:00Z")
    report = await connected.report()
    assert [run["uuid"] for run in report["instances"]] == [A, B]
    assert await connected.settled() == SETTLED


@pytest.mark.parametrize("started", ["2020-11-02T23:05:00Z", "2020-11-02T20:55:00Z"])
async def test_a_second_session_of_the_day_keeps_who_came_in_the_break(
    connected: Connected, started: str
) -> None:
    """One meeting for two sessions: a run is started in the break, or the first is left running."""
    world, zoom = connected.world, connected.zoom
    await world.hears(course(2, sessions=two_of_a_day()))
    stay = row("23:05:00", "23:59:59", customer_key=ADAS, user_id="1")
    later = [stay | {"leave_time": "2020-11-03T01:15:00Z"}]
    if started.endswith("23:05:00Z"):
        zoom.runs[A] = Run(MEETING, "2020-11-02T20:55:00Z", FULL[:2])
        zoom.runs[B] = Run(MEETING, started, later)
    else:
        zoom.runs[A] = Run(MEETING, started, FULL[:2] + later)
    await world.at("2020-11-04T12:00:00Z")
    settled = await world.settled()
    assert [settled[ADA, session][0] for session in ("s3", "s4")] == [7200, 7200]


async def test_a_run_that_only_the_webhooks_know_is_asked_for_too(connected: Connected) -> None:
    connected.runs(A=FULL[2:], B=FULL[:2])
    connected.zoom.unlisted.add(B)
    connected.zoom.not_ready.add(B)
    await connected.world.at("2020-11-02T22:30:00Z")
    await zoom_says(connected.world, said("started", "2020-11-02T22:00:00Z", B))
    await connected.world.at("2020-11-02T23:10:00Z")
    report = await connected.report()
    assert [(run["uuid"], run["state"]) for run in report["instances"]] == [
        (A, "done"),
        (B, "open"),
    ]
    assert (report["state"], report["trouble"]) == ("waiting", "not-ready")
    connected.zoom.not_ready.clear()
    await connected.world.at("2020-11-02T23:50:00Z")
    assert await connected.settled() == SETTLED


async def test_where_the_list_of_runs_may_not_be_read_the_webhooks_say_them(
    connected: Connected,
) -> None:
    connected.runs(A=FULL)
    await connected.world.at("2020-11-02T22:30:00Z")
    await zoom_says(connected.world, said("started", "2020-11-02T20:55:00Z", A))
    for _ in range(2):  # the second look too
        connected.zoom.trouble("/instances", 400, {"code": 4711, "message": "no such scope"})
    await connected.world.at("2020-11-03T02:00:00Z")
    assert connected.zoom.troubles == []
    assert await connected.settled() == SETTLED
    assert await connected.tasks() == ["participants-unmatched"]


async def test_pages_without_end_are_given_up(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_PAGES", 2)
    connected.runs(A=FULL)
    await connected.world.at("2020-11-02T23:03:00Z")
    report = await connected.report()
    assert (report["state"], report["trouble"], report["pages"]) == ("given_up", "endless", 2)
    assert await connected.tasks() == ["report-not-fetched"]


async def test_a_run_that_went_on_beyond_the_end_is_seen_at_the_second_look(
    connected: Connected,
) -> None:
    connected.runs(A=FULL[2:], B=FULL[:2])
    connected.zoom.unlisted.add(B)
    await connected.world.at("2020-11-03T00:30:00Z")
    assert (await connected.settled())[ADA] == (0, False, 1)
    connected.zoom.unlisted.clear()
    await connected.world.at("2020-11-03T01:10:00Z")
    assert (await connected.settled())[ADA] == (7200, True, 2)
    calls = len(connected.zoom.asked)
    await connected.world.at("2020-11-05T00:00:00Z")
    assert len(connected.zoom.asked) == calls


async def test_completion_waits_for_a_fetch_under_way_but_an_hour_at_most(
    connected: Connected,
) -> None:
    connected.runs(A=FULL)
    connected.zoom.not_ready.add(A)
    await connected.world.at("2020-11-02T23:59:00Z")
    assert (await connected.world.view("s3"))["state"] == "open"
    await connected.world.at("2020-11-03T00:00:30Z")
    assert (await connected.settled())[ADA] == (0, False, 1)
    [done] = [e for e in await connected.world.said("session.completed") if e["session_id"] == "s3"]
    assert (done["by"], done["completed_at"]) == ("grace", "2020-11-03T00:00:00Z")
    connected.zoom.not_ready.clear()
    await connected.world.at("2020-11-03T02:00:00Z")
    assert (await connected.settled())[ADA] == (7200, True, 2)


async def test_an_upload_ends_the_wait(connected: Connected) -> None:
    connected.zoom.runs[A] = Run(MEETING, "2020-11-02T20:55:00Z", [])
    connected.zoom.not_ready.add(A)
    await connected.world.at("2020-11-02T23:20:00Z")
    line = {"registration_id": ADA, "joined_at": "2020-11-02T21:00:00Z", "left_at": END}
    await connected.world.report("s3", line)
    await connected.world.at("2020-11-02T23:22:00Z")
    assert (await connected.settled())[ADA] == (7200, True, 1)


async def test_after_a_day_a_human_is_called_and_what_they_bring_counts(
    connected: Connected,
) -> None:
    await connected.world.at("2020-11-03T23:30:00Z")
    report = await connected.report()
    assert (report["state"], report["trouble"], report["next_at"]) == (
        "given_up",
        "not-ready",
        None,
    )
    assert await connected.tasks() == ["report-not-fetched"]
    [task] = [t for t in await connected.world.asked() if "report" in t["kind"]]
    assert "(not-ready)" in task["what"]
    assert task["about"] == {"course_id": COURSE, "session_id": "s3", "meeting_id": MEETING}
    assert connected.zoom.calls("/instances") <= 35
    connected.runs(A=FULL)
    assert (await connected.fetch()).status_code == 202
    await connected.world.at("2020-11-03T23:31:00Z")
    assert {who: of[0] for who, of in (await connected.settled()).items()} == {ADA: 7200, BEN: 4500}
    assert "report-not-fetched" not in await connected.tasks()


@pytest.mark.parametrize(
    ("path", "status", "trouble"),
    [
        ("/oauth/token", 400, "credentials-refused"),
        ("/oauth/token", 401, "credentials-refused"),
        ("/participants", 400, "refused"),
        ("/participants", 403, "refused"),
        ("/instances", 300, "refused"),
    ],
)
async def test_what_zoom_refuses_calls_a_human_at_once_and_heals_by_itself(
    connected: Connected, path: str, status: int, trouble: str
) -> None:
    connected.runs(A=FULL)
    connected.zoom.trouble(path, status, {"code": 4711, "message": "no scopes"})
    await connected.world.at("2020-11-02T23:03:00Z")
    report = await connected.report()
    assert (report["state"], report["trouble"]) == ("waiting", trouble)
    assert await connected.tasks() == ["report-not-fetched"]
    await connected.world.at("2020-11-03T00:10:00Z")
    assert await connected.settled() == UPGRADED
    assert "report-not-fetched" not in await connected.tasks()


async def test_a_run_that_is_refused_does_not_keep_the_others_from_being_fetched(
    connected: Connected,
) -> None:
    connected.runs(A=FULL[2:], B=FULL[:2])
    for _ in range(200):
        connected.zoom.trouble("%252Fa%252Fb", 400, {"code": 4700})
    await connected.world.at("2020-11-03T00:30:00Z")
    runs = {run["uuid"]: run for run in (await connected.report())["instances"]}
    assert (runs[A]["state"], runs[B]["state"]) == ("open", "done")
    assert (bool(runs[A]["trouble"]), runs[B]["trouble"]) == (True, None)
    assert (await connected.settled())[ADA][0] == 7200
    assert await connected.tasks() == ["report-not-fetched"]


async def test_lines_of_a_report_that_cannot_be_read_call_a_human(connected: Connected) -> None:
    connected.runs(A=[*FULL, row("23:00:00", "21:00:00", customer_key=BENS, user_id="8")])
    await connected.world.at("2020-11-02T23:30:00Z")
    report = await connected.report()
    assert (report["state"], report["lines"], report["refused"]) == ("done", 5, 1)
    assert "report-lines-not-read" in await connected.tasks()
    connected.runs(A=FULL)
    await connected.fetch()
    await connected.world.at("2020-11-02T23:40:00Z")
    assert "report-lines-not-read" not in await connected.tasks()


async def test_an_access_token_that_is_never_taken_is_a_trouble(connected: Connected) -> None:
    connected.runs(A=FULL)
    for _ in range(2):
        connected.zoom.trouble("/instances", 401)
    await connected.world.at("2020-11-02T23:03:00Z")
    assert (await connected.report())["trouble"] == "token-refused"
    await connected.world.at("2020-11-03T00:10:00Z")
    assert await connected.settled() == UPGRADED


@pytest.mark.parametrize("point", ["outside.claimed", "outside.prepared", "outside.acted"])
async def test_a_crash_in_the_middle_loses_nothing_and_doubles_nothing(
    connected: Connected, point: Any
) -> None:
    connected.runs(A=FULL)
    await connected.world.at("2020-11-02T23:01:00Z")
    connected.world.clock.time = connected.world.clock.time.replace(minute=2)
    await step(connected, 2)
    with killed_at(point):
        await connected.world.outside.step()
    await connected.world.leases_run_out()
    await connected.world.at("2020-11-02T23:30:00Z")
    assert (await connected.report())["lines"] == 5
    assert await connected.settled() == SETTLED


async def test_the_report_can_be_asked_for_by_hand(connected: Connected) -> None:
    connected.runs(A=FULL)
    await connected.world.at("2020-11-02T22:00:00Z")
    early = await connected.fetch()
    assert (early.status_code, early.json()["type"]) == (409, "/problems/session-not-over")
    await connected.world.at("2020-11-02T23:30:00Z")
    connected.runs(A=[*FULL, row("21:00:00", "23:00:00", customer_key=BENS, user_id="8")])
    first, again = await connected.fetch("k"), await connected.fetch("k")
    assert (first.status_code, first.json()["state"]) == (202, "planned")
    assert again.headers["Idempotent-Replayed"] == "true"
    await connected.world.at("2020-11-02T23:31:00Z")
    assert (await connected.settled())[BEN] == (7200, True, 2)
    assert await connected.world.count("report_lines") == 6
    keyless = await connected.world.http.post(f"/attendance/v1/sessions/{COURSE}/s3/fetch-report")
    assert keyless.status_code == 400


async def test_a_moved_session_is_fetched_after_its_new_end(connected: Connected) -> None:
    connected.runs(A=FULL)
    await connected.world.at("2020-11-02T21:30:00Z")
    later = third(ends_at="2020-11-02T23:30:00Z", schedule_version=2)
    await connected.world.hears(course(2, sessions=later))
    await connected.world.at("2020-11-02T23:20:00Z")
    assert connected.zoom.asked == []
    assert (await connected.report())["next_at"] == "2020-11-02T23:32:00Z"
    await connected.world.at("2020-11-02T23:40:00Z")
    assert (await connected.report())["state"] == "done"


async def test_nothing_that_names_anybody_is_kept_of_a_report(connected: Connected) -> None:
    connected.runs(A=[row("21:00:00", "22:00:00", user_email="ada@x.example", registrant_id="R1")])
    await connected.world.at("2020-11-02T23:30:00Z")
    kept = str(await connected.world.rows("SELECT * FROM report_lines"))
    assert "Ada" not in kept
    assert "x.example" not in kept
    kept = str(await connected.world.rows("SELECT * FROM report_fetches"))
    assert "Ada" not in kept


async def step(connected: Connected, calls: int) -> None:
    for _ in range(calls):
        assert await connected.world.outside.step() == 1


async def test_no_answer_and_no_zoom_are_busy() -> None:
    async with zoom_on_loopback() as zoom:
        zoom.trouble("/oauth/token", 0)
        for url, why in ((zoom.url, "no-answer"), ("http://127.0.0.1:9", "away")):
            client = httpx.AsyncClient(timeout=0.3)
            asked = Zoom(ACCOUNT, CLIENT, PASSWORD, f"{url}/v2", f"{url}/oauth/token", client)
            with pytest.raises(Busy) as busy:
                await asked.page(A, None)
            assert busy.value.why == why
            await asked.aclose()
