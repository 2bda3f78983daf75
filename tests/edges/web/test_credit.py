"""Credit on one's own page: a line a board, what mends it, and what one may ask for oneself."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.registration import CoursePublished
from tests.edges.web.conftest import TOKEN
from tests.edges.web.owners import problem
from tests.edges.web.test_mine import INVOICE, OF_CERTIFICATES, key_in, mine, words

__all__ = ["mine"]
AFTER = datetime(2020, 11, 10, tzinfo=UTC)


def withheld(board: str, condition: str, detail: str = "Not yet.", **more: Any) -> dict[str, Any]:
    unmet = [{"condition": condition, "detail": detail}]
    return {
        "board": board,
        "status": "withheld",
        "credits": 0,
        "unit": "hours",
        "unmet": unmet,
    } | more


def issued(board: str | None = "NBCC", **more: Any) -> dict[str, Any]:
    files = {end: f"/certificates/v1/certificates/c-1.{end}" for end in ("pdf", "jwt")}
    about = {"certificate_id": "c-1", "number": "2020-QELS-ARCG-G555", "verify_url": "/verify/K7QD"}
    said = {"board": board, "status": "valid", "credits": 6.0, "unit": "clock hours"}
    return {**about, **said, **files, "kind": "completion", "duplicates": []} | more


@pytest.fixture
def after(mine, clock, visitor):
    """One's own page after the course, with what certificates says."""
    clock.time = AFTER

    async def page(query: str = "", state: str = "completed", **certified: Any):
        invoice = {"invoice": INVOICE | {"status": "open"}}
        mine(state, "paid", certified=certified, money=invoice)
        return await visitor.get(f"/r/{TOKEN}{query}")

    return page


async def test_what_is_missing_leads_to_what_mends_it(after):
    for condition, more, link, says in [
        ("paid", {}, "#money", "See what is to be paid"),
        ("evaluation", {"evaluation": {"open": True}}, f"/r/{TOKEN}/evaluation", "Evaluate the"),
        (
            "post_test",
            {"post_test": {"needed": True, "passed": False, "attempts_left": 2}},
            f"/r/{TOKEN}/post-test",
            "Take the post-test",
        ),
        ("license_state", {}, "#provider", "Tell the provider"),
    ]:
        page = await after(
            awards=[withheld("NBCC", condition, earned=6.0)], certificates=[], **more
        )
        assert "NBCC Something is missing 6 hours, once all is in" in words(page)
        [line] = re.findall(r'<li id="board-NBCC">.*?</ul>', page.text, re.DOTALL)
        assert re.search(rf'Not yet\. <a href="{re.escape(link)}">{says}', line)
        assert link[0] != "#" or f'id="{link[1:]}"' in page.text


async def test_who_cancelled_late_and_took_part_is_led_to_what_is_still_asked_of_them(after):
    lacking = withheld("NBCC", "evaluation", "Not handed in.")
    told = {"awards": [lacking], "evaluation": {"open": True}}
    page = await after(state="cancelled", **told)
    assert "Not handed in. Evaluate the course" in words(page)


async def test_a_test_that_is_too_early_says_when_it_opens(after):
    test = {"needed": True, "passed": False, "attempts_left": 2, "open": False}
    told = {"awards": [withheld("ANCC", "post_test", "Not passed yet.")]}
    page = await after(**told, post_test=test | {"opens_at": "2020-11-20T23:00:00Z"})
    assert "Not passed yet. It opens on Friday, November 20, 2020, 11:00 PM" in words(page)
    page = await after(**told, post_test=test | {"opens_at": None})
    assert "It opens" not in words(page)


async def test_a_disclosure_that_only_credit_waits_for_is_accepted_after_the_course(
    visitor, owners, mine, clock
):
    clock.time = AFTER
    outdated = {"disclosure": {"accepted": "2020-08-01", "current": "2020-09-01"}}
    held = {"awards": [withheld("NBCC", "disclosure")], "certificates": []}
    mine("completed", "paid", said=outdated, certified=held)
    page = await visitor.get(f"/r/{TOKEN}")
    assert 'href="#disclosure">Read the disclosure' in page.text
    assert "accept it, so that your credit can be given." in words(page)
    assert 'name="disclosure_version" value="2020-09-01"' in page.text
    mine("completed", "paid", said=outdated, certified={"awards": [], "certificates": []})
    assert 'name="disclosure_version"' not in (await visitor.get(f"/r/{TOKEN}")).text


async def test_what_cannot_be_mended_here_says_to_whom_to_write(after):
    closed = {"version": 1, "open": False, "closes_at": "2020-11-09T23:00:00Z"}
    used = {"needed": True, "passed": False, "attempts_left": 0}
    awards = [withheld("NBCC", "evaluation"), withheld("APA", "post_test")]
    page = words(await after(awards=awards, evaluation=closed, post_test=used, certificates=[]))
    assert "It is closed. Ask the provider to open it again" in page
    assert "No attempt is left. Write to the provider" in page
    assert "Evaluate the course" not in page
    assert "Take the post-test" not in page
    assert "Questions, or a complaint? Answer any mail that you have from us" in page


async def test_each_state_is_a_word_and_says_who_does_what(after):
    awards = [
        withheld("APA", "dispute", "The payment is disputed at the bank."),
        withheld("STATE", "attendance", "Session 3 was missed."),
        withheld("NAADAC", "course_over", "Attendance is being settled.", earned=4.0),
        withheld("WESPSB", "profession", "WESPSB serves psychologists."),
        {"board": "ANCC", "status": "declined", "credits": 0, "unit": "hours", "unmet": []},
        {"board": "NBCC", "status": "granted", "credits": 6.0, "unit": "hours", "unmet": []},
    ]
    page = words(await after(awards=awards, certificates=[]))
    assert "APA Held for review The payment is disputed at the bank." in page
    assert "You don’t have to do anything. What comes of it shows here." in page
    assert "STATE No credit Session 3 was missed." in page
    assert "NAADAC Not decided yet 4 hours so far" in page
    assert "ANCC Declined by you It gives you no credit" in page
    assert "NBCC Granted 6 hours The certificate is being made." in page
    assert "Boards that don’t serve you WESPSB WESPSB serves psychologists." in page
    for one in ("APA", "NAADAC"):
        assert f"I don’t want credit from {one}" in page
    for one in ("STATE", "ANCC", "NBCC", "WESPSB"):
        assert f"I don’t want credit from {one}" not in page


async def test_nobody_is_sent_to_evaluate_for_credit_that_cannot_come(after):
    block = {"version": 1, "open": True, "closes_at": "2020-12-09T23:00:00Z"}
    missed = withheld("APA", "attendance", "Session 3 was missed.")
    page = words(await after(awards=[missed], certificates=[], evaluation=block))
    assert "No board gives you credit for it; why stands below, board by board." in page
    assert "One thing is left" not in page
    assert "The provider would still like to hear what you think: evaluate the course" in page
    waits = withheld("NBCC", "evaluation", earned=6.0)
    page = words(await after(awards=[missed, waits], certificates=[], evaluation=block))
    assert "You have completed the course. One thing is left." in page


async def test_a_board_is_declined_and_taken_back_each_as_one_call(after, visitor, owners):
    page = await after(awards=[withheld("NBCC", "paid")], certificates=[])
    assert "nothing is reported to it for you" in words(page)
    owners.on("POST", f"{OF_CERTIFICATES}/declines", (200, {}))
    key = key_in(page)
    for form, declined in (("yes", True), ("no", False)):
        sent = {"key": key, "board": "NBCC", "declined": form}
        answer = await visitor.post(f"/r/{TOKEN}/declines", data=sent)
        assert answer.headers["location"] == f"/r/{TOKEN}#certificates"
        asked = owners.calls(f"{OF_CERTIFICATES}/declines")[-1]
        assert (asked.key, asked.token) == (key, TOKEN)
        assert asked.body == {"board": "NBCC", "declined": declined}


async def test_a_claim_that_was_refused_stands_in_its_field_with_what_is_right(
    after, visitor, owners
):
    claimable = {"board": "NBCC", "status": "claimable", "credits": 6.75, "unit": "credits"}
    said = {"awards": [claimable | {"unmet": []}], "certificates": []}
    owners.on("POST", f"{OF_CERTIFICATES}/claims", (422, problem("invalid", 422)))
    sent = {"board": "NBCC", "credits": ' 6,8 "<b>'}
    refused = await visitor.post(f"/r/{TOKEN}/claims", data=sent)
    where = refused.headers["location"]
    assert where.startswith(f"/r/{TOKEN}?n=claim-refused&board=NBCC&credits=")
    assert where.endswith("#certificates")
    page = await after(where.removeprefix(f"/r/{TOKEN}"), **said)
    assert 'value="6,8 &#34;&lt;b&gt;"' in page.text
    assert "Give a number up to 6.75, in steps of 0.25." in words(page)
    assert page.text.count('aria-invalid="true"') == 1
    # Another board's refusal is not this one's.
    other = await after("?n=claim-refused&board=APA&credits=9", **said)
    assert 'aria-invalid="true"' not in other.text


async def test_a_certificate_has_its_files_and_a_duplicate_is_made_on_request(
    after, visitor, owners, tell
):
    marking = {"version": 2, "layout": {"mark_duplicates": True}}
    await tell(CoursePublished.model_validate(CoursePublished.example | marking))
    copy = {"duplicate_id": "d-1", "pdf": "/certificates/v1/certificates/c-1/duplicates/d-1.pdf"}
    copies = [copy | {"made_at": "2020-11-12T09:00:00Z", "number": 1}]
    one = issued(signed_pdf="/certificates/v1/certificates/c-1.signed.pdf", duplicates=copies)
    granted = {"board": "NBCC", "status": "granted", "credits": 6.0, "unit": "clock hours"}
    page = await after(awards=[granted | {"unmet": []}], certificates=[one])
    for end in ("c-1.pdf", "c-1.signed.pdf", "c-1.jwt", "c-1/duplicates/d-1.pdf"):
        assert f'href="/certificates/v1/certificates/{end}?t={TOKEN}"' in page.text
    assert "Duplicate of November 12, 2020 (PDF)" in words(page)
    path = "/certificates/v1/certificates/c-1/duplicate"
    owners.on("POST", path, (201, copy))
    form = {"key": key_in(page), "certificate_id": "c-1"}
    answer = await visitor.post(f"/r/{TOKEN}/duplicates", data=form)
    assert answer.headers["location"] == f"/r/{TOKEN}?n=duplicate#certificates"
    [asked] = owners.calls(path)
    assert (asked.key, asked.token, asked.body) == (form["key"], TOKEN, {})
    own = copy | {"duplicate_id": None, "pdf": "/certificates/v1/certificates/c-1.pdf"}
    owners.on("POST", path, (201, own))
    answer = await visitor.post(f"/r/{TOKEN}/duplicates", data={"certificate_id": "c-1"})
    said = words(await visitor.get(answer.headers["location"]))
    assert "carry no mark of their own: the file beside it is the duplicate too." in said
    for junk in ("", "../c-1", "c-1/../../x", "é"):
        form = {"certificate_id": junk}
        answer = await visitor.post(f"/r/{TOKEN}/duplicates", data=form)
        assert answer.headers["location"] == f"/r/{TOKEN}?n=duplicate-refused#certificates"
    assert len(owners.calls(path)) == 2
    assert len([one for one in owners.asked if one.path.endswith("/duplicate")]) == 2


async def test_a_duplicate_is_offered_where_the_boards_layout_marks_it(after, tell):
    nbcc, state = CoursePublished.example["boards"]
    marking = {"version": 2, "boards": [nbcc | {"layout": {"mark_duplicates": True}}, state]}
    await tell(CoursePublished.model_validate(CoursePublished.example | marking))
    granted = {"status": "granted", "credits": 6.0, "unit": "hours", "unmet": []}
    awards = [granted | {"board": board} for board in ("NBCC", "STATE")]
    files = [issued("NBCC"), issued("STATE"), issued(None, kind="participation")]
    page = await after(awards=awards, certificates=files)
    assert page.text.count("I need a duplicate") == 1
    [line] = re.findall(r'<li id="board-NBCC">.*?</li>', page.text, re.DOTALL)
    assert "I need a duplicate" in line


async def test_participation_is_asked_for_where_certificates_says_that_it_may_be(
    after, visitor, owners
):
    joined = {"hours": 4.0, "sessions": ["s1", "s2"], "unmet": [], "requestable": True}
    awards = [withheld("APA", "attendance")]
    page = await after(awards=awards, certificates=[], participation=joined)
    assert "Certificate of participation 4 hours, no CE credit" in words(page)
    owners.on("POST", f"{OF_CERTIFICATES}/participation", (202, {}))
    answer = await visitor.post(f"/r/{TOKEN}/participation", data={"key": key_in(page)})
    assert answer.headers["location"] == f"/r/{TOKEN}?n=participation#certificates"
    [asked] = owners.calls(f"{OF_CERTIFICATES}/participation")
    assert asked.body == {}
    made = issued(None, kind="participation", credits=4.0, unit="hours")
    page = await after(awards=awards, certificates=[made], participation=joined)
    assert "Ask for it" not in page.text
    assert (
        "Certificate of participation Certificate issued 4 hours attended, no CE credit"
        in words(page)
    )
    missing = joined | {"requestable": False, "unmet": [{"condition": "paid", "detail": "Open."}]}
    page = await after(awards=awards, certificates=[], participation=missing)
    assert "no CE credit Open. See what is to be paid" in words(page)


async def test_a_presenters_certificate_and_a_replaced_one_are_named_for_what_they_are(after):
    presenting = issued(None, kind="presenter", credits=2.0, unit="hours")
    old = issued(status="superseded", number="2020-AAAA")
    granted = {"board": "NBCC", "status": "granted", "credits": 6.0, "unit": "hours", "unmet": []}
    page = words(await after(awards=[granted], certificates=[old, issued(), presenting]))
    assert "Certificate for presenting Certificate issued 2 hours" in page
    assert "Earlier certificate 2020-AAAA Replaced" in page
    assert page.count("Certificate issued") == 2


async def test_each_refusal_of_certificates_is_told_for_what_it_is(after, visitor, owners):
    for verb, slug, says in [
        ("claims", "not-claimable", "What is still missing stands beside the board."),
        ("claims", "already-claimed", "A certificate already says what you claimed."),
        ("declines", "certificate-issued", "A certificate of this board is out already"),
        ("declines", "course-not-heard", "nothing changed. Try again in a minute."),
        ("participation", "participation-not-requestable", "it is there for those who get no"),
    ]:
        await after(awards=[], certificates=[])
        owners.on("POST", f"{OF_CERTIFICATES}/{verb}", (409, problem(slug, 409)))
        answer = await visitor.post(f"/r/{TOKEN}/{verb}", data={"board": "NBCC", "credits": "1"})
        assert says in words(await visitor.get(answer.headers["location"]))


async def test_while_certificates_refuses_nothing_is_said_to_be_done(after, visitor, owners):
    for verb in ["claims", "declines", "participation", "duplicates"]:
        form = {"board": "NBCC", "credits": "1", "certificate_id": "c-1"}
        path = "/certificates/v1/certificates/c-1/duplicate"
        path = path if verb == "duplicates" else f"{OF_CERTIFICATES}/{verb}"
        for status in (409, 422, 401):
            owners.on("POST", path, (status, problem("not-now", status)))
            answer = await visitor.post(f"/r/{TOKEN}/{verb}", data=form)
            assert "-refused" in answer.headers["location"]
            page = await visitor.get(answer.headers["location"])
            assert "Please try again." not in page.text
            assert 'role="status"' in page.text
        broken = await visitor.post(f"/r/{TOKEN[:-2]}xx/{verb}", data=form)
        assert (broken.status_code, "not complete" in broken.text) == (404, True)


ATTENDED = {
    "session_id": "s1",
    "seconds": 5700,
    "present": False,
    "instruction_seconds": 7200,
    "rule": {"version": 1, "max_missed_seconds": 900},
    "version": 1,
    "evidence": [
        {"source": "report", "joined_at": "2020-10-19T20:00:00Z", "left_at": "2020-10-19T21:00:00Z"},
        {"source": "report", "joined_at": "2020-10-19T21:25:00Z", "left_at": "2020-10-19T22:00:00Z"},
    ],
}  # fmt: skip


async def test_a_session_is_drawn_with_the_times_one_was_there_and_told_in_words(
    visitor, mine, clock
):
    clock.time = AFTER
    mine("completed", "paid", attended=[ATTENDED])
    page = await visitor.get(f"/r/{TOKEN}")
    said = words(page)
    assert "Attended in part 1 h 35 min of 2 h" in said
    assert "You were there 9:00 PM – 10:00 PM, 10:25 PM – 11:00 PM." in said
    assert "You missed 25 min; 15 min may be missed for the whole session to count." in said
    [drawn] = re.findall(r'<svg role="img" aria-label="([^"]+)">(.*?)</svg>', page.text, re.DOTALL)
    spoken = drawn[0].replace("\u202f", " ")
    assert spoken.startswith("The session from 9:00 PM – 11:00 PM. You were there: 9:00 PM")
    places = re.findall(r'class="there" x="([0-9.]+)%" width="([0-9.]+)%"', drawn[1])
    assert places == [("0.0", "50.0"), ("70.83", "29.17")]


async def test_a_second_too_much_is_told_to_the_second(visitor, mine, clock):
    clock.time = AFTER
    mine("completed", "paid", attended=[ATTENDED | {"seconds": 6299, "evidence": []}])
    said = words(await visitor.get(f"/r/{TOKEN}"))
    assert "You missed 15 min 1 s; 15 min may be missed" in said
    assert "You were there" not in said


async def test_what_staff_decided_and_what_was_deleted_is_said(visitor, mine, clock):
    clock.time = AFTER
    gone = {"session_id": "s2", "state": "completed", "seconds": None, "present": None}
    gone |= {"version": 0, "evidence": []}
    mine("completed", "paid", attended=[ATTENDED | {"present": True, "by": "operator"}, gone])
    said = words(await visitor.get(f"/r/{TOKEN}"))
    assert "Attended 1 h 35 min of 2 h Staff decided this: 1 h 35 min count." in said
    assert "You missed" not in said
    assert said.count("was deleted when the time that boards ask for was over") == 1
    assert said.count("Attendance is being worked out") == 2


async def test_under_a_ruling_the_strip_shows_what_was_seen_and_claims_nothing(
    visitor, mine, clock
):
    clock.time = AFTER
    ruled = ATTENDED | {"seconds": 0, "present": False, "by": "operator"}
    mine("completed", "paid", attended=[ruled])
    page = await visitor.get(f"/r/{TOKEN}")
    said = words(page)
    assert "Not attended Staff decided this: 0 min count." in said
    assert "What was seen: 9:00 PM – 10:00 PM, 10:25 PM – 11:00 PM." in said
    assert "You were there" not in page.text
