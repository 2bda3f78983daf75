"""Signing in to the console: by an issuer that is played, or by a link; and all that is no way in."""

from __future__ import annotations

import asyncio
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from services.web.api import console
from services.web.app import build
from services.web.commands.sessions import SignIn, sign_in
from services.web.settings import Settings
from shared.runtime.batch import run_batch
from shared.runtime.rate_limit import RateLimit
from shared.runtime.request_unit import RequestUnit
from shared.runtime.service import Service
from shared.runtime.tokens import digest_of
from tests.stage import OPERATOR, SECRET, StillClock

ISSUER, US = "https://login.example.org", "https://courses.example.org"
GIVEN = {"roles": ["books"]}


class Played:
    """An issuer: publishes, and answers each code once with whatever a test wants it to say."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", parameters={"kid": "k1"})
        self.signs = self.key
        self.header: dict[str, Any] = {"alg": "ES256", "kid": "k1"}
        self.claims: dict[str, Any] = {}
        self.published: dict[str, Any] = {}
        self.asked: list[dict[str, list[str]]] = []
        self.challenge = ""

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.url.host != "login.example.org":
            return httpx.Response(503)
        if path == "/.well-known/openid-configuration":
            known = {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
            }
            return httpx.Response(200, json=known | self.published)
        if path == "/keys":
            return httpx.Response(200, json={"keys": [self.key.as_dict(private=False)]})
        sent = parse_qs(request.content.decode())
        self.asked.append(sent)
        verifier = sent["code_verifier"][0]
        made = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        if made != self.challenge or sent["code"] != ["the-code"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        token = jwt.encode(self.header, self.claims, self.signs, algorithms=["ES256", "HS256"])
        return httpx.Response(200, json={"id_token": token, "access_token": "x"})


@pytest.fixture
def issuer() -> Played:
    return Played()


@pytest.fixture
async def web(
    database: Any, issuer: Played, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    monkeypatch.setattr(console, "_TRIES", RateLimit(30, 60))
    settings = Settings(
        database_url=database("web"),
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        public_url=US,
        role="api",
        oidc_issuer=ISSUER,
        oidc_client_id="holdfast",
        oidc_client_secret="known to both",
        oidc_scope="openid groups",
        oidc_roles={"training-team": "coordinator", "books": "finance"},
    )
    clock = StillClock("2020-09-14T15:04:05Z")
    service = build(settings, httpx.MockTransport(issuer.answer), clock=clock)
    async with service.app.router.lifespan_context(service.app):
        yield service


def browser(web: Service) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(web.app), base_url=US)


async def begun(client: httpx.AsyncClient, issuer: Played, **claims: Any) -> dict[str, str]:
    """Off to the issuer, which is ready to answer; gives what it was asked."""
    sent = await client.get("/console/sign-in/start")
    assert sent.status_code == 303
    to = urlsplit(sent.headers["location"])
    assert f"{to.scheme}://{to.netloc}{to.path}" == f"{ISSUER}/authorize"
    asked = {name: values[0] for name, values in parse_qs(to.query).items()}
    issuer.challenge = asked["code_challenge"]
    now = int(time.time())
    issuer.claims = {
        "iss": ISSUER, "aud": "holdfast", "sub": "u-17", "nonce": asked["nonce"],
        "iat": now, "exp": now + 300, **GIVEN, **claims,
    }  # fmt: skip
    return asked


async def returned(client: httpx.AsyncClient, state: str, code: str = "the-code") -> httpx.Response:
    return await client.get("/console/signed-in", params={"code": code, "state": state})


async def sessions(web: Service) -> list[dict[str, Any]]:
    async with web.api_db.acquire() as con:
        return [dict(row) for row in await con.fetch("SELECT * FROM console_sessions")]


async def test_whom_the_issuer_knows_is_signed_in_with_their_roles(
    web: Service, issuer: Played
) -> None:
    async with browser(web) as client:
        assert (await client.get("/console")).headers["location"] == "/console/sign-in"
        asked = await begun(client, issuer)
        assert (asked["response_type"], asked["scope"]) == ("code", "openid groups")
        assert (asked["client_id"], asked["code_challenge_method"]) == ("holdfast", "S256")
        assert asked["redirect_uri"] == f"{US}/console/signed-in"
        done = await returned(client, asked["state"])
        assert (done.status_code, done.headers["location"]) == (303, "/console")
        page = await client.get("/console")
        assert page.status_code == 200
        assert 'Signed in as <span class="role">finance</span>' in page.text
        assert page.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        [kept] = await sessions(web)
        assert (kept["subject"], kept["roles"]) == ("u-17", ["finance"])


async def test_the_cookie_is_for_us_alone_and_what_is_kept_opens_nothing(
    web: Service, issuer: Played
) -> None:
    async with browser(web) as client:
        done = await returned(client, (await begun(client, issuer))["state"])
        [cookie] = [c for c in done.headers.get_list("set-cookie") if "__Host-console=" in c]
        for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
            assert attribute in cookie
        assert "Domain" not in cookie
        word = client.cookies["__Host-console"]
        [kept] = await sessions(web)
        assert word not in str(kept)
        assert kept["digest"] == sha256(word.encode()).hexdigest()
    async with browser(web) as thief:
        thief.cookies.set("__Host-console", kept["digest"])
        assert (await thief.get("/console")).status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://login.example.com"},
        {"aud": "another"},
        {"aud": ["holdfast", "another"]},
        {"aud": ["holdfast", "another"], "azp": "another"},
        {"azp": "another"},
        {"nonce": "of another sign-in"},
        {"exp": 1_600_000_000},  # in 2020
        {"exp": None},
        {"iat": 4_000_000_000},  # in 2096
        {"nbf": 4_000_000_000},
        {"iss": ""},
        {"aud": []},
        {"nonce": ""},
        {"sub": None},
    ],
    ids=str,
)
async def test_what_is_said_to_others_or_of_another_time_is_not_believed(
    web: Service, issuer: Played, claims: dict[str, Any]
) -> None:
    async with browser(web) as client:
        asked = await begun(client, issuer, **claims)
        if claims.get("sub", "") is None:
            del issuer.claims["sub"]
        assert (await returned(client, asked["state"])).status_code == 502
        assert await sessions(web) == []


async def test_only_the_issuer_s_own_keys_sign(web: Service, issuer: Played) -> None:
    public = issuer.key.as_pem(private=False)
    forged = [
        ({"alg": "ES256", "kid": "k1"}, ECKey.generate_key("P-256", parameters={"kid": "k1"})),
        ({"alg": "HS256", "kid": "k1"}, OctKey.import_key(sha256(public).digest())),
    ]
    for header, key in forged:
        async with browser(web) as client:
            asked = await begun(client, issuer)
            issuer.header, issuer.signs = header, key
            assert (await returned(client, asked["state"])).status_code == 502
    assert await sessions(web) == []


async def test_a_key_that_is_new_is_asked_for(web: Service, issuer: Played) -> None:
    async with browser(web) as client:
        await returned(client, (await begun(client, issuer))["state"])
        issuer.key = issuer.signs = ECKey.generate_key("P-256", parameters={"kid": "k2"})
        issuer.header = {"alg": "ES256", "kid": "k2"}
        assert (await returned(client, (await begun(client, issuer))["state"])).status_code == 303
    assert len(await sessions(web)) == 2


async def test_an_answer_counts_in_the_browser_that_asked_and_once(
    web: Service, issuer: Played
) -> None:
    async with browser(web) as client, browser(web) as other:
        asked = await begun(client, issuer)
        assert (await returned(other, asked["state"])).status_code == 410, "no cookie"
        assert (await returned(client, "another-state")).status_code == 410
        assert (await returned(client, asked["state"], "")).status_code == 410
        assert (await returned(client, asked["state"], "another-code")).status_code == 502
        assert (await returned(client, asked["state"])).status_code == 303
        assert (await returned(client, asked["state"])).status_code == 410
    assert len(await sessions(web)) == 1


@pytest.mark.parametrize("claimed", [[], ["unknown"], None, "Admin", "admin", ["finance"]])
async def test_who_has_no_role_is_not_let_in(web: Service, issuer: Played, claimed: Any) -> None:
    async with browser(web) as client:
        asked = await begun(client, issuer, roles=claimed)
        assert (await returned(client, asked["state"])).status_code == 403
        assert (await client.get("/console")).status_code == 303


async def test_no_neighbour_begins_a_sign_in_for_somebody(web: Service, issuer: Played) -> None:
    """Else whoever has another host of the domain signs people in as themselves."""
    async with browser(web) as client, browser(web) as other:
        sent = await client.get("/console/sign-in/start")
        [cookie] = sent.headers.get_list("set-cookie")
        assert cookie.startswith("__Host-console-sign-in=")
        for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/;", "Max-Age=600"):
            assert attribute in cookie
        assert "Domain" not in cookie
        asked = await begun(client, issuer)
        other.cookies.set("console-sign-in", client.cookies["__Host-console-sign-in"])
        assert (await returned(other, asked["state"])).status_code == 410
        assert (await returned(client, asked["state"])).status_code == 303
        assert "__Host-console-sign-in" not in client.cookies, "what was under way is done"


async def test_a_link_that_many_use_at_once_signs_one_in(web: Service) -> None:
    word = (await a_link(web)).json()["url"].rpartition("/")[2]

    async def use() -> int:
        async with browser(web) as client:
            return (await client.post("/console/link", data={"word": word})).status_code

    assert sorted(await asyncio.gather(*(use() for _ in range(8)))) == [303, *[410] * 7]
    now = datetime.now(UTC)
    word = (await a_link(web)).json()["url"].rpartition("/")[2]

    async def alone(n: int) -> bool:
        """Another process: a transaction of its own each."""
        command = SignIn(f"digest-{n}", "link", ("admin",), now, digest_of(word))
        unit = RequestUnit(sign_in, command, None, lambda _: (204, None), web.new_id)
        await run_batch(web.worker_db, now, [unit], outcomes := [])
        return bool(outcomes[0].status_code == 204)

    assert sum(await asyncio.gather(*(alone(n) for n in range(4)))) == 1
    assert len(await sessions(web)) == 2


async def test_an_issuer_that_is_another_or_leads_astray_is_none(
    web: Service, issuer: Played
) -> None:
    for published in (
        {"issuer": "https://login.example.com"},
        {"token_endpoint": "http://login.example.org/token"},
    ):
        issuer.published = published
        async with browser(web) as client:
            assert (await client.get("/console/sign-in/start")).status_code == 502
    with pytest.raises(ValueError, match="https"):
        Settings(
            database_url="x", platform_secret="s", oidc_issuer="http://login.example.org"
        ).oidc()


def test_a_group_is_given_a_role_that_there_is() -> None:
    with pytest.raises(ValueError, match="'viewer', 'coordinator', 'finance' or 'admin'"):
        Settings(
            database_url="x", platform_secret=SECRET, oidc_roles={"training-team": "coordinater"}
        )


def test_what_compose_hands_on_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("DATABASE_URL", "x"), ("OIDC_ISSUER", ISSUER), ("OIDC_CLIENT_ID", "holdfast"),
        ("OIDC_CLIENT_SECRET", "s"), ("OIDC_ROLES", '{"books": "finance"}'),
    ):  # fmt: skip
        monkeypatch.setenv(f"WEB_{name}", value)
    monkeypatch.setenv("PLATFORM_SECRET", SECRET)
    settings = Settings()
    assert settings.oidc_roles == {"books": "finance"}
    assert (client := settings.oidc()) is not None
    assert (client.issuer, client.scope) == (ISSUER, "openid")
    for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "ROLES"):  # what nobody set is empty
        monkeypatch.setenv(f"WEB_OIDC_{name}", "")
    assert (Settings().oidc(), Settings().oidc_roles) == (None, {})


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("::1", "http://[::1]:8080"),
        ("10.0.0.7", "http://10.0.0.7:8080"),
        ("::", "http://127.0.0.1:8080"),
    ],
)
def test_web_is_called_where_it_listens(host: str, here: str) -> None:
    settings = Settings(database_url="x", platform_secret=SECRET, host=host, port=8080)
    assert settings.owners()["web"] == here


async def a_link(web: Service, key: str | None = OPERATOR) -> httpx.Response:
    async with browser(web) as client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return await client.post("/web/v1/console/links", headers=headers)


async def test_a_link_is_an_operator_s_to_make_and_good_once(web: Service) -> None:
    assert (await a_link(web, None)).status_code == 401
    made = await a_link(web)
    assert made.status_code == 201
    word = made.json()["url"].removeprefix(f"{US}/console/link/")
    async with browser(web) as client, browser(web) as other:
        shown = await client.get(f"/console/link/{word}")
        assert (shown.status_code, await sessions(web)) == (200, []), "looked at, not used"
        done = await client.post("/console/link", data={"word": word})
        assert (done.status_code, done.headers["location"]) == (303, "/console")
        assert ">admin</span>" in (await client.get("/console")).text
        assert (await other.post("/console/link", data={"word": word})).status_code == 410
        assert (await other.post("/console/link", data={"word": "x"})).status_code == 410
    async with web.api_db.acquire() as con:
        assert await con.fetchval("SELECT count(*) FROM console_links") == 0
        acts = await con.fetch("SELECT act, about, why FROM audit ORDER BY id")
    assert [tuple(row) for row in acts] == [
        ("console.link-made", "console", ""),
        ("console.signed-in", "link", "admin"),
    ]
    assert word not in str(acts)


async def test_a_link_and_a_session_come_to_their_end(web: Service) -> None:
    word = (await a_link(web)).json()["url"].rpartition("/")[2]
    late = "UPDATE {} SET ends_at = now() - interval '1 second'".format
    async with browser(web) as client, web.api_db.acquire() as con:
        await con.execute(late("console_links"))
        assert (await client.post("/console/link", data={"word": word})).status_code == 410
        word = (await a_link(web)).json()["url"].rpartition("/")[2]
        await client.post("/console/link", data={"word": word})
        assert (await client.get("/console")).status_code == 200
        await con.execute(late("console_sessions"))
        assert (await client.get("/console")).status_code == 303


async def signed(client: httpx.AsyncClient, web: Service) -> str:
    """Sign in by a link; gives what goes into forms."""
    word = (await a_link(web)).json()["url"].rpartition("/")[2]
    await client.post("/console/link", data={"word": word})
    page = (await client.get("/console")).text
    return page.partition('name="csrf" value="')[2].partition('"')[0]


async def test_who_signs_out_is_out_wherever_the_cookie_lies(web: Service) -> None:
    async with browser(web) as client, browser(web) as copy:
        csrf = await signed(client, web)
        copy.cookies.set("__Host-console", client.cookies["__Host-console"])
        assert (await copy.get("/console")).status_code == 200
        left = await client.post("/console/sign-out", data={"csrf": csrf})
        assert (left.status_code, left.headers["location"]) == (303, "/console/sign-in")
        assert (await copy.get("/console")).status_code == 303
        assert await sessions(web) == []


async def test_no_page_elsewhere_acts_for_who_is_signed_in(web: Service) -> None:
    async with browser(web) as client, browser(web) as other:
        csrf, foreign = await signed(client, web), await signed(other, web)
        for fields, headers in (
            ({}, {}),
            ({"csrf": "x"}, {}),
            ({"csrf": foreign}, {}),
            ({"csrf": csrf}, {"Origin": "https://evil.example"}),
            ({"csrf": csrf}, {"Origin": "null"}),
            ({"csrf": csrf}, {"Sec-Fetch-Site": "cross-site"}),
            ({"csrf": csrf}, {"Sec-Fetch-Site": "same-site"}),
        ):
            refused = await client.post("/console/sign-out", data=fields, headers=headers)
            assert refused.status_code == 403, (fields, headers)
        assert len(await sessions(web)) == 2
        good = {"Origin": US, "Sec-Fetch-Site": "same-origin"}
        done = await client.post("/console/sign-out", data={"csrf": csrf}, headers=good)
        assert done.status_code == 303


async def test_pages_with_a_form_let_the_browser_say_that_it_is_ours(web: Service) -> None:
    # Of a form on a page that says no-referrer it says `Origin: null`, as of one elsewhere.
    link = (await a_link(web)).json()["url"]
    async with browser(web) as client:
        there = [await client.get(path) for path in ("/console/sign-in", urlsplit(link).path)]
        await signed(client, web)
        there.append(await client.get("/console"))
    assert [page.status_code for page in there] == [200, 200, 200]
    assert {page.headers["referrer-policy"] for page in there} == {"strict-origin"}


async def test_nobody_is_signed_in_by_a_page_elsewhere(web: Service) -> None:
    word = (await a_link(web)).json()["url"].rpartition("/")[2]
    async with browser(web) as client:
        evil = {"Origin": "https://evil.example"}
        refused = await client.post("/console/link", data={"word": word}, headers=evil)
        assert refused.status_code == 403
        assert (await client.post("/console/link", data={"word": word})).status_code == 303


async def test_guesses_are_counted(web: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_TRIES", RateLimit(3, 60))
    async with browser(web) as client:
        tries = [await client.post("/console/link", data={"word": f"{n}"}) for n in range(4)]
    assert [each.status_code for each in tries] == [410, 410, 410, 429]
