"""One partner at the console: what is shown of it, and what is done for it, as its owner says."""

from __future__ import annotations

from typing import Any

import pytest

from services.web.api import console_deliveries
from shared.runtime.service import Service
from tests.edges.web.owners import Asked, Played, problem
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_today import plain

PAGE = "/console/partners/uni"
OWNER = "/partners/v1/partners/uni"
LOG = "/partners/v1/deliveries"
REPLAY = "/partners/v1/deliveries:replay"
KEYS = "/partners/v1/keys"
KEY = "d" * 32
PARTNER: dict[str, Any] = {
    "partner_id": "uni", "name": "A <b>University</b>", "courses": ["c-1"], "former_courses": [],
    "types": ["registration.confirmed.v1"], "fields": ["name"],
}  # fmt: skip
PLACE: dict[str, Any] = {
    "endpoint_id": "e-1", "url": "https://hooks.uni.example/in", "state": "active", "reason": None,
    "circuit": "open", "failures": 12, "held_until": "2020-09-14T15:10:00Z", "ordered": True,
    "last_success_at": None, "former_secret_until": None,
}  # fmt: skip
SENT: dict[str, Any] = {
    "endpoint_id": "e-1", "event_id": "ev-1", "type": "registration.confirmed.v1",
    "course_id": "c-1", "subject": "r-1", "test": False, "status": "parked", "attempts": 10,
    "next_at": None, "answered": 500, "reason": "answered",
    "first_at": "2020-09-10T10:00:00Z", "last_at": "2020-09-13T10:00:00Z",
}  # fmt: skip
ISSUED: dict[str, Any] = {
    "key_id": "k-1", "partner_id": "uni", "label": "their system", "scopes": ["partner:uni"],
    "issued_at": "2020-09-01T10:00:00Z", "expires_at": None, "revoked_at": None,
}  # fmt: skip
STREAM = {
    "topic": "partner.uni.events", "state": "active", "retention_days": 7,
    "written_at": "2020-09-14T15:00:00Z", "through_the_log": True,
}  # fmt: skip
INTAKE = {
    "signed": True, "secret_version": 2, "items_a_day": 10_000, "requests_a_minute": 60,
    "items_today": 42, "updated_at": "2020-09-02T10:00:00Z",
}  # fmt: skip
MAPPING = {"version": 3, "created_at": "2020-09-03T10:00:00Z", "mapping": {"a": "<script>"}}


@pytest.fixture
async def desk(web: Service, owners: Played) -> Service:
    owners.on("GET", OWNER, (200, PARTNER))
    owners.on("GET", f"{OWNER}/endpoints", (200, {"items": [PLACE]}))
    owners.on("GET", f"{OWNER}/endpoints/e-1", (200, PLACE))
    owners.on("GET", LOG, (200, {"items": [SENT], "next": None}))
    owners.on("GET", f"{OWNER}/stream", (200, STREAM))
    owners.on("GET", f"{OWNER}/inbound", (200, INTAKE))
    owners.on("GET", f"{OWNER}/inbound/mapping", (200, MAPPING))
    another = ISSUED | {"key_id": "k-2", "partner_id": "another", "label": "not theirs"}
    owners.on("GET", KEYS, (200, {"items": [ISSUED, another], "next": None}))
    return web


async def test_all_of_a_partner_is_on_its_page(desk: Service, owners: Played) -> None:
    async with staff(desk, "admin") as client:
        page = (await client.get(PAGE)).text
    said = plain(page)
    assert "registration.confirmed.v1" in said
    assert (
        "https://hooks.uni.example/in in order Active Held back until 2020-09-14 15:10 12" in said
    )
    assert "registration.confirmed.v1 Parked answered 10 500 2020-09-10 10:00:00" in said
    assert "their system Good 2020-09-01 10:00" in said
    assert "not theirs" not in said
    assert "partner.uni.events" in said
    assert "Lines today 42 of 10,000" in said
    assert "Mapping, version 3" in said
    assert "<b>University" not in page
    assert '<script>"' not in page


async def test_what_its_owner_does_not_say_is_said_to_be_unknown(
    desk: Service, owners: Played
) -> None:
    for path in (f"{OWNER}/endpoints", LOG, f"{OWNER}/stream", f"{OWNER}/inbound", KEYS):
        owners.on("GET", path, (500, {}))
    owners.on("GET", f"{OWNER}/inbound/mapping", (404, problem("mapping-unknown", 404)))
    async with staff(desk, "admin") as client:
        page = await client.get(PAGE)
        assert page.status_code == 200
        assert page.text.count("known just now") == 5
        assert "No mapping" in page.text
        owners.on("GET", OWNER, (404, problem("partner-unknown", 404)))
        assert (await client.get(PAGE)).status_code == 404
        owners.down = {"partners"}
        assert "Partners is away" in (await client.get(PAGE)).text


@pytest.mark.parametrize("role", ["viewer", "coordinator", "finance"])
async def test_nothing_of_a_partner_is_for_other_roles(
    desk: Service, owners: Played, role: str
) -> None:
    paths = ["", "/deliveries", "/replay", "/keys/new", "/keys/k-1/revoke", "/endpoints/e-1/rotate"]
    async with staff(desk, role) as client:
        token = csrf((await client.get("/console/system")).text)
        asked = len(owners.asked)
        for path in paths:
            assert (await client.get(PAGE + path)).status_code == 403, path
        for path in [*paths[2:], "/endpoints/e-1/test"]:
            sent = await client.post(PAGE + path, data={"csrf": token})
            assert sent.status_code == 403, path
    assert len(owners.asked) == asked


async def test_a_form_of_no_page_of_theirs_does_nothing(desk: Service, owners: Played) -> None:
    async with staff(desk, "admin") as client:
        for path in ("/replay", "/keys/new", "/keys/k-1/revoke", "/endpoints/e-1/rotate"):
            assert (await client.post(PAGE + path, data={"csrf": "x"})).status_code == 403
    assert not [one for one in owners.asked if one.method == "POST"]


async def test_a_test_event_is_sent_and_looked_for_in_the_log(
    desk: Service, owners: Played
) -> None:
    path = f"{OWNER}/endpoints/e-1/test"
    owners.on("POST", path, (202, {}))
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(PAGE)).text), "key": KEY}
        done = await client.post(f"{PAGE}/endpoints/e-1/test", data=form)
        assert (done.status_code, done.headers["location"]) == (
            303,
            f"{PAGE}/deliveries?endpoint=e-1",
        )
        owners.on("POST", path, (429, problem("endpoint-tests-too-many", 429, "Ten a minute.")))
        refused = await client.post(f"{PAGE}/endpoints/e-1/test", data=form)
    assert (refused.status_code, "Ten a minute." in refused.text) == (429, True)
    asked = owners.calls(path)[0]
    assert (asked.key, in_whose_name(asked)) == (KEY, "console:u-17")


async def test_a_secret_is_shown_in_the_answer_that_made_it_and_nowhere_else(
    desk: Service, owners: Played, caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path = f"{OWNER}/endpoints/e-1/rotate"
    secret = "whsec_of-the-test"
    owners.on("POST", path, (200, PLACE | {"secret": secret}))
    async with staff(desk, "admin") as client:
        page = (await client.get(f"{PAGE}/endpoints/e-1/rotate")).text
        assert not owners.calls(path), "asking does nothing"
        form = {"csrf": csrf(page), "key": KEY}
        done = await client.post(f"{PAGE}/endpoints/e-1/rotate", data=form)
        assert secret in done.text
        assert done.headers["cache-control"] == "no-store"
        again = await client.post(f"{PAGE}/endpoints/e-1/rotate", data=form)
        assert again.status_code == 201
        assert secret not in (await client.get(PAGE)).text
        owners.down = {"partners"}
        away = await client.post(f"{PAGE}/endpoints/e-1/rotate", data=form)
        assert (away.status_code, f'value="{KEY}"' in away.text) == (503, True), "the same request"
    assert [one.key for one in owners.calls(path)] == [KEY, KEY], "sent twice, it counts once"
    assert secret not in caplog.text + "".join(capsys.readouterr())


async def test_a_key_is_made_for_this_partner_alone(desk: Service, owners: Played) -> None:
    owners.on("POST", KEYS, (201, ISSUED | {"key": "hf_test_the-key"}))
    async with staff(desk, "admin") as client:
        page = (await client.get(f"{PAGE}/keys/new")).text
        form = {"csrf": csrf(page), "key": KEY, "label": "their system", "until": "2021-01-31"}
        for change in (
            {"label": " "},
            {"label": "x" * 201},
            {"until": "soon"},
            {"until": "9999-99-99"},
        ):
            wrong = await client.post(f"{PAGE}/keys/new", data=form | change)
            assert wrong.status_code == 422, change
            assert "hf_test_the-key" not in wrong.text
        assert not owners.calls(KEYS) or {one.method for one in owners.calls(KEYS)} == {"GET"}
        done = await client.post(f"{PAGE}/keys/new", data=form)
        assert (done.status_code, "hf_test_the-key" in done.text) == (201, True)
        await client.post(f"{PAGE}/keys/new", data=form | {"until": ""})
    made = [one for one in owners.calls(KEYS) if one.method == "POST"]
    assert [one.body for one in made] == [
        {"scopes": ["partner:uni"], "label": "their system", "expires_at": until}
        for until in ("2021-01-31T23:59:59.999999Z", None)
    ]
    assert in_whose_name(made[0]) == "console:u-17"


async def test_a_key_is_revoked_once_the_word_is_typed(desk: Service, owners: Played) -> None:
    path = f"{KEYS}/k-1/revoke"
    owners.on("POST", path, (200, ISSUED))
    async with staff(desk, "admin") as client:
        page = (await client.get(f"{PAGE}/keys/k-1/revoke")).text
        assert "their system" in page
        form = {"csrf": csrf(page), "key": KEY}
        assert (await client.post(f"{PAGE}/keys/k-1/revoke", data=form)).status_code == 422
        assert not owners.calls(path)
        done = await client.post(f"{PAGE}/keys/k-1/revoke", data=form | {"typed": "Revoke"})
        assert (done.status_code, done.headers["location"]) == (303, PAGE)
        another = await client.get(f"{PAGE}/keys/k-2/revoke")
        assert another.status_code == 404, "a key of another partner is none of its"
        for odd in ("k-2", "none"):
            sent = await client.post(f"{PAGE}/keys/{odd}/revoke", data=form | {"typed": "revoke"})
            assert sent.status_code == 404
            assert not owners.calls(f"{KEYS}/{odd}/revoke")
        owners.on("GET", KEYS, (500, {}))
        unsure = await client.post(f"{PAGE}/keys/k-1/revoke", data=form | {"typed": "revoke"})
        assert (unsure.status_code, len(owners.calls(path))) == (503, 1), "whose it is, nobody says"
        owners.on("GET", KEYS, (200, {"items": [ISSUED], "next": None}))
        owners.on("POST", path, (409, problem("key-revoked", 409, "It is revoked.")))
        refused = await client.post(f"{PAGE}/keys/k-1/revoke", data=form | {"typed": "revoke"})
        assert (refused.status_code, "It is revoked." in refused.text) == (409, True)
        owners.down = {"partners"}
        form |= {"typed": "revoke"}
        away = await client.post(f"{PAGE}/keys/k-1/revoke", data=form)
    assert away.status_code == 503
    assert "Partners did not answer. Nothing was done." in away.text, "nothing was sent"
    assert all(f'name="{name}" value="{value}"' in away.text for name, value in form.items())


async def test_other_words_after_no_answer_are_another_key(desk: Service, owners: Played) -> None:
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(PAGE)).text), "key": KEY, "label": "their system"}
        owners.on("POST", KEYS, (503, {}))
        away = await client.post(f"{PAGE}/keys/new", data=form)
        assert f'value="{KEY}"' in away.text
        owners.on("POST", KEYS, (422, problem("idempotency-key-reused", 422, "Used before.")))
        other = await client.post(f"{PAGE}/keys/new", data=form | {"label": "another"})
        assert other.status_code == 422
        assert f'name="key" value="{KEY}"' not in other.text, "else it is refused for ever"
        assert 'value="another"' in other.text
        assert "a key may have been made by them" in plain(other.text)


async def test_the_log_is_narrowed_by_its_owner_and_taken_as_csv(
    desk: Service, owners: Played
) -> None:
    query = (
        "endpoint=e-1&state=parked&type=registration.confirmed.v1&event=ev-1"
        "&from=2020-09-10&until=2020-09-11+14:05"
    )
    async with staff(desk, "admin") as client:
        page = await client.get(f"{PAGE}/deliveries?{query}")
        assert "registration.confirmed.v1 Parked 10 500 answered" in plain(page.text)
        assert '<input type="hidden" name="from" value="2020-09-10">' in page.text
        sheet = (await client.get(f"{PAGE}/deliveries?{query}&format=csv")).text
    asked = owners.calls(LOG)[0].query
    asked.pop("limit")
    assert asked == {
        "partner_id": "uni", "endpoint_id": "e-1", "status": "parked", "event_id": "ev-1",
        "type": "registration.confirmed.v1", "from": "2020-09-10T00:00:00Z",
        "until": "2020-09-11T14:05:00Z",
    }  # fmt: skip
    assert sheet.splitlines()[1] == (
        "registration.confirmed.v1,parked,10,500,answered,2020-09-10 10:00:00,,ev-1,c-1,r-1,e-1,"
        "2020-09-13 10:00:00"
    )


async def test_a_file_that_would_be_cut_or_of_another_search_is_not_given(
    desk: Service, owners: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = f"{PAGE}/deliveries?format=csv"
    async with staff(desk, "admin") as client:
        unclear = await client.get(f"{sheet}&from=soon")
        assert (unclear.status_code, "A moment reads like" in unclear.text) == (422, True)
        monkeypatch.setattr(console_deliveries, "MOST", 1)
        owners.on("GET", LOG, (200, {"items": [SENT, SENT], "next": None}))
        nobody = (await client.get(f"{PAGE}/deliveries?q=nowhere")).text
        assert "there are more. Narrow them down." in nobody, "no file looks through all of them"
        assert "looks through all" not in nobody
        cut = await client.get(sheet)
        assert (cut.status_code, "There are more than 1," in cut.text) == (422, True)
        owners.on("GET", LOG, (429, problem("too-many", 429, "Ask in a minute.")))
        refused = await client.get(sheet)
        assert (refused.status_code, "Ask in a minute." in refused.text) == (422, True)
        assert refused.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "query",
    ["from=soon", "until=2020-13", "state=lost", "type=%00", "event=" + "x" * 900, "page=-1"],
)
async def test_junk_in_a_search_is_said_or_left_out(
    desk: Service, owners: Played, query: str
) -> None:
    async with staff(desk, "admin") as client:
        page = await client.get(f"{PAGE}/deliveries?{query}")
    assert page.status_code in (200, 400, 422)
    for one in owners.calls(LOG):
        assert all(len(value) <= 200 for value in one.query.values())
        assert "lost" not in one.query.values()


WAYS: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"which": "parked"}, {"status": "parked"}),
    (
        {"which": "range", "from": "2020-09-10", "until": "2020-09-11 14:05"},
        {"from": "2020-09-10T00:00:00Z", "until": "2020-09-11T14:05:00Z"},
    ),
    ({"which": "ids", "ids": "ev-1\nev-2, ev-3"}, {"event_ids": ["ev-1", "ev-2", "ev-3"]}),
]


@pytest.mark.parametrize(("way", "body"), WAYS)
async def test_a_replay_says_how_many_and_to_where_before_it_is_sent(
    desk: Service, owners: Played, way: dict[str, str], body: dict[str, Any]
) -> None:
    told = {"endpoint_id": "e-1", "url": PLACE["url"], "events": 3}
    owners.on("GET", REPLAY, (200, told))
    owners.on("POST", REPLAY, (202, {"replayed": 3}))
    async with staff(desk, "admin") as client:
        page = (await client.get(f"{PAGE}/replay", params=way | {"endpoint": "e-1"})).text
        assert f"3 events to {PLACE['url']}" in plain(page)
        assert [one.method for one in owners.calls(REPLAY)] == ["GET"], "nothing is sent yet"
        form = way | {"endpoint": "e-1", "csrf": csrf(page), "key": KEY}
        done = await client.post(f"{PAGE}/replay", data=form)
        assert "3 events are sent again" in plain(done.text)
    sent: Asked = owners.calls(REPLAY)[-1]
    assert sent.body == body | {"endpoint_id": "e-1", "partner_id": "uni"}
    assert (sent.key, in_whose_name(sent)) == (KEY, "console:u-17")


async def test_what_was_sent_again_is_said_where_the_endpoints_cannot_be_read_a_moment_later(
    desk: Service, owners: Played
) -> None:
    owners.on("POST", REPLAY, (202, {"replayed": 3}))
    async with staff(desk, "admin") as client:
        token = csrf((await client.get(f"{PAGE}/replay")).text)
        for answer in ((503, {}), (200, {"items": []})):
            owners.on("GET", f"{OWNER}/endpoints", answer)
            form = {"which": "parked", "endpoint": "e-1", "csrf": token, "key": KEY}
            done = await client.post(f"{PAGE}/replay", data=form)
            assert (done.status_code, "3 events are sent again" in plain(done.text)) == (200, True)
            assert "Send it again" not in done.text
            assert ("No endpoint of this partner" in done.text) is (answer[0] == 200)


async def test_a_page_that_was_only_looked_at_is_never_sent_again(
    desk: Service, owners: Played
) -> None:
    owners.on("GET", f"{OWNER}/endpoints", (503, {}))
    async with staff(desk, "admin") as client:
        for query in ({}, {"unsure": KEY}):
            page = await client.get(f"{PAGE}/replay", params=query)
            assert "Partners is away" in plain(page.text)
            assert "Send it again" not in page.text


@pytest.mark.parametrize(
    "way",
    [
        {"which": "range", "from": "2020-09-10"},
        {"which": "range", "from": "then", "until": "now"},
        {"which": "ids", "ids": "  "},
        {"which": "ids", "ids": "x " * 51},
        {"which": "everything"},
        {},
    ],
)
async def test_a_replay_that_is_not_said_in_one_way_is_not_asked_for(
    desk: Service, owners: Played, way: dict[str, str]
) -> None:
    async with staff(desk, "admin") as client:
        page = await client.get(f"{PAGE}/replay", params=way | {"endpoint": "e-1"})
        assert page.status_code == 422
        form = way | {"endpoint": "e-1", "csrf": csrf(page.text)}
        assert (await client.post(f"{PAGE}/replay", data=form)).status_code == 422
    assert not owners.calls(REPLAY)


async def test_a_replay_whose_answer_is_lost_is_sent_again_as_the_same(
    desk: Service, owners: Played
) -> None:
    owners.on("POST", REPLAY, (503, {}))
    async with staff(desk, "admin") as client:
        token = csrf((await client.get(f"{PAGE}/replay")).text)
        form = {"which": "parked", "endpoint": "e-1", "csrf": token, "key": KEY}
        away = await client.post(f"{PAGE}/replay", data=form)
        assert (away.status_code, f'value="{KEY}"' in away.text) == (503, True)
        owners.on("POST", REPLAY, (409, problem("replay-too-large", 409, "More than 10000.")))
        refused = await client.post(f"{PAGE}/replay", data=form)
        assert (refused.status_code, "More than 10000." in refused.text) == (409, True)
        assert f'value="{KEY}"' not in refused.text
