"""The course list and a course's page."""

import gzip
import re

import pytest

from shared.contracts.registration import CourseCancelled, CoursePublished
from tests.edges.web.owners import COURSE, problem, quoted


async def test_the_list_shows_what_is_coming(visitor):
    page = await visitor.get("/")
    assert page.status_code == 200
    assert "Improving Treatment Effectiveness with Attachment Theory" in page.text
    assert f'href="/courses/{COURSE}"' in page.text
    assert "October 19 – November 9, 2020" in page.text
    assert "$199.00" in page.text


async def test_an_older_version_heard_late_changes_nothing(visitor, tell):
    newer = CoursePublished.example | {"version": 3, "title": "The newer title"}
    await tell(CoursePublished.model_validate(newer))
    await tell(CoursePublished.model_validate(CoursePublished.example | {"version": 2}))
    assert "The newer title" in (await visitor.get("/")).text


async def test_what_one_needs_before_and_what_to_do_after_is_said(visitor, tell):
    sessions = [s | {"homework": "Write a page."} for s in CoursePublished.example["sessions"][:1]]
    needs = {"version": 2, "prerequisites": ["basics", "tutors-2020"], "sessions": sessions}
    await tell(CoursePublished.model_validate(CoursePublished.example | needs))
    page = await visitor.get(f"/courses/{COURSE}")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text))
    assert "To register, you need certificates of basics and tutors-2020." in text
    assert 'href="/courses/tutors-2020"' in page.text
    assert "Homework: Write a page." in text


async def test_sessions_stand_in_the_visitors_zone_and_in_the_providers(visitor):
    page = await visitor.get(f"/courses/{COURSE}?zone=Europe/London")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)).replace("\u202f", " ")
    assert "Monday, October 19, 2020 9:00 PM – 11:00 PM London time (BST)" in text
    # The clocks go back in London on October 25, in New York on November 1.
    assert "Monday, October 26, 2020 8:00 PM – 10:00 PM London time (GMT)" in text
    assert "Monday, November 2, 2020 9:00 PM – 11:00 PM London time (GMT)" in text
    assert text.count("4:00 PM – 6:00 PM New York time") == 4
    assert "zone=Europe/London" in page.headers["set-cookie"].replace("%2F", "/").replace('"', "")


async def test_a_british_reader_sees_british_days_and_hours(visitor):
    page = await visitor.get(
        f"/courses/{COURSE}?zone=Europe/London", headers={"Accept-Language": "en-GB,en;q=0.9"}
    )
    assert "Monday, 19 October 2020" in page.text
    assert "21:00 – 23:00" in page.text


async def test_what_cancelling_gives_is_billings_answer_for_each_window(visitor, owners):
    page = await visitor.get(f"/courses/{COURSE}")
    assert "$169.00 back to your card" in page.text
    assert "$199.00 minus the $30.00 cancellation fee" in page.text
    assert "A credit of $199.00 for another course" in page.text
    assert "It runs for 1 year from the day you cancel" in page.text
    assert "Monday, October 5, 2020, 11:59\u202fPM, New York time (EDT)" in page.text
    quotes = owners.calls("/billing/v1/quotes")
    assert [q.body["requested_at"] for q in quotes] == [
        "2020-10-19T20:00:00Z",  # says when the windows end
        "2020-10-06T03:59:59Z",
        "2020-10-19T19:59:59Z",
    ]
    assert quotes[0].body["paid"] == [{"tender": "card", "amount": 19900, "currency": "USD"}]


async def test_when_the_windows_end_is_billings_answer_too(visitor, owners):
    def ends_later(asked):
        status, body = quoted(asked)
        early, *rest = body["windows"]
        return status, body | {"windows": [early | {"ends": "2020-10-07T04:00:00Z"}, *rest]}

    owners.on("POST", "/billing/v1/quotes", ends_later)
    page = await visitor.get(f"/courses/{COURSE}")
    assert "Tuesday, October 6, 2020, 11:59\u202fPM, New York time (EDT)" in page.text


async def test_a_policy_that_billing_cannot_quote_is_shown_in_its_own_words(visitor, owners):
    owners.on("POST", "/billing/v1/quotes", (422, problem("policy-undefined", 422)))
    page = await visitor.get(f"/courses/{COURSE}")
    assert page.status_code == 200
    assert "The policy in the provider’s words" not in page.text
    assert "back to your card" not in page.text
    assert "Billing can’t be reached" not in page.text


async def test_seats_left_are_registrations_answer(visitor):
    assert "312 seats left" in (await visitor.get(f"/courses/{COURSE}")).text


async def test_a_full_course_offers_the_waiting_list(visitor, owners):
    full = {"seats": {"capacity": 500, "left": 0, "waiting": 3}}
    owners.on("GET", f"/registration/v1/courses/{COURSE}", (200, full))
    page = await visitor.get(f"/courses/{COURSE}")
    assert "Full: you can join the waiting list" in page.text
    assert "Join the waiting list" in page.text


async def test_with_its_owners_away_the_page_stands_and_says_so(visitor, owners):
    owners.down |= {"registration", "billing"}
    page = await visitor.get(f"/courses/{COURSE}")
    assert page.status_code == 200
    assert "Seats can’t be counted just now" in page.text
    assert "Billing can’t be reached just now" in page.text
    assert "October 19" in page.text


async def test_a_cancelled_course_says_so_and_takes_no_registration(visitor, tell):
    await tell(CourseCancelled.model_validate(CourseCancelled.example))
    page = await visitor.get(f"/courses/{COURSE}")
    assert "This course is cancelled." in page.text
    assert "The instructor is ill." in page.text
    assert 'name="email"' not in page.text


async def test_after_the_start_the_form_is_gone(visitor, clock):
    clock.time = clock.time.replace(month=10, day=20)
    page = await visitor.get(f"/courses/{COURSE}")
    assert "Registration for this course is closed" in page.text
    assert 'name="email"' not in page.text


async def test_unknown_addresses_are_pages_too(visitor):
    for path in ("/courses/none", "/nothing/here", "/r/not-a-token"):
        page = await visitor.get(path)
        assert page.status_code == 404
        assert page.headers["content-type"].startswith("text/html")
        assert "<h1>" in page.text


async def test_every_page_carries_its_guards_and_weighs_little(visitor):
    page = await visitor.get(f"/courses/{COURSE}")
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    [style] = re.findall(r'href="(/static/site\.css\?v=[0-9a-f]+)"', page.text)
    sheet = await visitor.get(style)
    assert "immutable" in sheet.headers["cache-control"]
    # 50 kB are for all of a first view as it is sent, and 33 of them are typefaces (tests/pages).
    assert page.headers["content-encoding"] == sheet.headers["content-encoding"] == "gzip"
    packed = [len(gzip.compress(each.content)) for each in (page, sheet)]
    assert sum(packed) < 17_000
    assert "style=" not in page.text
    assert "<script>" not in page.text


async def test_static_files_are_only_those_that_are_there(visitor):
    assert (await visitor.get("/static/favicon.svg")).headers["content-type"] == "image/svg+xml"
    assert (await visitor.get("/favicon.ico")).status_code == 200
    for path in ("/static/../settings.py", "/static/%2e%2e/settings.py", "/static/none.css"):
        assert (await visitor.get(path)).status_code == 404


async def test_each_board_says_whom_it_serves_for_what_and_until_when(visitor, tell):
    nbcc, state = CoursePublished.example["boards"]
    tested = {"post_test": {"pass_percent": 75, "attempts": 2}, "max_missed_seconds": 300}
    ethics = {"categories": [{"session_id": "s1", "category": "ethics", "hours": "1.5"}]}
    ends = {"approved_to": "2020-11-01", "states": {"in": ["NY"]}}
    changed = {"version": 2, "boards": [nbcc | tested | ethics, state | ends]}
    await tell(CoursePublished.model_validate(CoursePublished.example | changed))
    page = await visitor.get(f"/courses/{COURSE}")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
    assert (
        "A session counts as attended if you miss at most 15 minutes of it. Where a board is "
        "stricter, it says so below." in text
    )
    assert (
        "NBCC up to 8 clock hours, of which 1.5 ethics National counselors It serves: counselors. "
        "Each session you attend counts. A session counts as attended if you miss at most 5 minutes "
        "of it. Hand in the evaluation. Pass the post-test: 75% right answers, in 2 attempts. "
        "Approved from January 1, 2020 to December 31, 2022." in text
    )
    assert (
        "STATE 8 contact hours Other state level counselors, MFTs, and social workers It serves: "
        "counselors, marriage and family therapists and social workers licensed in New York. Attend "
        "every session; there is no partial credit. Hand in the evaluation. Approved from January "
        "1, 2020 to November 1, 2020. Not every session is within it It asks for all of them, so it can’t give "
        "credit for this course." in text
    )


@pytest.mark.parametrize(
    ("query", "boards"),
    [
        ("profession=counselor&state=CA", ["NBCC", "STATE"]),
        ("profession=counselor&state=NY", ["NBCC"]),
        ("profession=mft&state=CA", ["STATE"]),
        ("profession=mft&state=", []),
        ("profession=nurse&state=", []),
    ],
)
async def test_what_counts_for_me_is_told_by_profession_and_state(visitor, query, boards):
    page = await visitor.get(f"/courses/{COURSE}?{query}")
    told = page.text.partition('id="for-me"')[2].partition("</div>")[0]
    assert re.findall(r'href="#board-(\w+)"', told) == boards
    profession = query.partition("&")[0].removeprefix("profession=")
    form = page.text.partition('id="register-title"')[2]
    assert f'<option value="{profession}" selected>' in form, "it is not asked for twice"
    if boards:
        assert "A hint by what you chose; the board decides." in told
        assert "up to 8 clock hours" in told or "NBCC" not in boards
    else:
        assert "None of these boards gives you credit for this course." in told


async def test_what_counts_for_me_is_told_where_sessions_differ_in_what_may_be_missed(
    visitor, tell
):
    first, *others = CoursePublished.example["sessions"]
    sessions = [first | {"rule": {"version": 1, "max_missed_seconds": 300}}, *others]
    changed = {"version": 2, "sessions": sessions}
    await tell(CoursePublished.model_validate(CoursePublished.example | changed))
    page = await visitor.get(f"/courses/{COURSE}?profession=counselor&state=CA")
    assert "Show what counts for me" in page.text
    told = page.text.partition('id="for-me"')[2].partition("</div>")[0]
    assert re.findall(r'href="#board-(\w+)"', told) == ["NBCC", "STATE"]
    assert "Where a board is stricter" not in page.text


async def test_a_board_of_ones_profession_elsewhere_is_told_so(visitor, tell):
    [nbcc, *_] = CoursePublished.example["boards"]
    boards = [nbcc | {"states": {"in": ["CA"]}}]
    changed = {"version": 2, "boards": boards}
    await tell(CoursePublished.model_validate(CoursePublished.example | changed))
    page = await visitor.get(f"/courses/{COURSE}?profession=counselor&state=NY")
    assert "For your profession there is one, but not with this licence." in page.text
    page = await visitor.get(f"/courses/{COURSE}?profession=counselor&state=CA")
    assert "One board gives you credit for this course:" in page.text


@pytest.mark.parametrize("query", ["profession=", "profession=<b>&state=NY", "state=NY"])
async def test_what_nobody_offered_to_choose_is_not_answered(visitor, query):
    page = await visitor.get(f"/courses/{COURSE}?{query}")
    assert page.status_code == 200
    assert 'id="for-me"' not in page.text
