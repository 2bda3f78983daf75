"""The pages for developers, and the schemas at addresses that stay."""

import html
import json
import re

import jsonschema_rs
import pytest

from services.partners.commands.visible import VISIBLE
from services.web.api.developers import is_visible
from shared.contracts.services import SERVICES
from shared.contracts.to_partners import ALL
from tests.edges.test_direct import service_of
from tests.security.markup import EVIL, RAW

OWNERS = [name for name in SERVICES if name != "web"]


def text_of(page):
    """What a reader sees."""
    shown = re.sub(r"<(style|script).*?</\1>", "", page.text, flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", shown)))


def astray(page):
    """Links within the page that lead nowhere."""
    ids = set(re.findall(r' id="([^"]+)"', page.text))
    return {to for to in re.findall(r'href="#([^"]+)"', page.text) if to not in ids}


async def test_the_first_page_leads_to_every_event_and_every_service(visitor):
    page = await visitor.get("/developers")
    assert page.status_code == 200
    assert set(re.findall(r'href="/developers/events/([^"]+)"', page.text)) == set(ALL)
    assert set(re.findall(r'href="/developers/api/([^"]+)"', page.text)) == set(SERVICES)
    for service in SERVICES:
        assert f'href="/{service}/openapi.json"' in page.text
    assert '<a href="/developers">' in (await visitor.get("/")).text


async def test_an_event_has_its_meaning_when_what_it_is_never_its_fields_and_an_example(visitor):
    for kind in ALL:
        await an_event_is_told(visitor, kind)


async def an_event_is_told(visitor, kind):
    event = ALL[kind]
    page = await visitor.get(f"/developers/events/{kind}")
    assert page.status_code == 200
    shown = text_of(page)
    meaning = (event.__doc__ or "").split("\n\n", maxsplit=1)[0]
    for said in (event.when, event.never, " ".join(meaning.split())):
        assert said.replace("`", "") in shown
    for field in event.model_fields:
        assert f"<code>{field}</code>" in page.text
    [example] = re.findall(r'<pre class="source"><code>(.*?)</code></pre>', page.text, re.DOTALL)
    assert json.loads(html.unescape(example)) == json.loads(json.dumps(event.example))
    assert f'href="/schemas/{kind}.json"' in page.text
    assert astray(page) == set()


@pytest.mark.parametrize(
    ("kind", "visible"),
    [
        ("registration.confirmed.v1", True),
        ("course.published.v1", True),
        ("person.recorded.v1", True),
        ("message.sent.v1", True),
        ("person.erased.v1", True),
        ("key.issued.v1", False),
        ("task.opened.v1", False),
        ("partner.registration.submitted.v1", False),
    ],
)
async def test_an_event_says_whether_partners_may_see_it(visitor, kind, visible):
    shown = text_of(await visitor.get(f"/developers/events/{kind}"))
    assert ("may see it where it is of a course of theirs" in shown) is visible
    assert ("never see it" in shown) is not visible


def test_what_is_said_to_be_visible_is_what_partners_lets_be_seen():
    told = {kind for kind, event in ALL.items() if is_visible(event)}
    assert told - {"endpoint.tested.v1"} == set(VISIBLE)


async def test_a_type_that_is_not_said_has_no_page_and_no_schema(visitor):
    for path in (
        "/developers/events/hat.lost.v1",
        "/developers/api/hats",
        "/developers/api/hats/x",
    ):
        page = await visitor.get(path)
        assert page.status_code == 404
        assert "<h1" in page.text
    assert (await visitor.get("/schemas/hat.lost.v1.json")).status_code == 404
    assert (await visitor.get("/schemas/..%2f..%2fx.json")).status_code == 404


async def test_a_schema_is_at_an_address_of_its_own_and_says_so(visitor):
    answer = await visitor.get("/schemas/invoice.paid.v1.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    schema = answer.json()
    assert schema["$id"].endswith("/schemas/invoice.paid.v1.json")
    assert schema["$id"].startswith("http")
    assert jsonschema_rs.is_valid(schema, ALL["invoice.paid.v1"].example)
    assert not jsonschema_rs.is_valid(schema, {"number": 7})


@pytest.mark.parametrize("service", OWNERS)
async def test_a_services_calls_are_those_it_says_itself(visitor, owners, service):
    document = service_of(service).app.openapi()
    owners.on("GET", f"/{service}/openapi.json", (200, document))
    page = await visitor.get(f"/developers/api/{service}")
    assert page.status_code == 200
    shown = text_of(page)
    calls = [
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
    ]
    assert calls
    for call in calls:
        assert call in shown
    for name in document["components"]["schemas"]:
        assert (f'id="part-{name}"' in page.text) is (
            f'#/components/schemas/{name}"' in json.dumps(document)
        )
    assert astray(page) == set()
    ids = re.findall(r' id="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))


async def test_webs_own_calls_are_its_own(visitor):
    assert "POST /web/v1/console/links" in text_of(await visitor.get("/developers/api/web"))


async def test_a_service_that_is_away_is_said_to_be_and_the_page_says_when_to_come_back(
    visitor, owners
):
    owners.down.add("partners")
    page = await visitor.get("/developers/api/partners")
    assert page.status_code == 503
    assert page.headers["retry-after"] == "30"
    assert "Partners can’t be reached just now" in text_of(page)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"paths": {}},
        {"paths": {"/x": {"get": {}}}},
        {"paths": {"/x": {"trace": {}, "get": {"responses": {"200": {}}}}}},
        {"items": [1]},
    ],
    ids=["nothing", "no-paths", "a-bare-call", "another-method", "a-list"],
)
async def test_a_document_with_less_in_it_is_no_failure(visitor, owners, document):
    owners.on("GET", "/billing/openapi.json", (200, document))
    assert (await visitor.get("/developers/api/billing")).status_code == 200


async def test_no_word_of_a_service_is_markup(visitor, owners):
    call = {
        "summary": EVIL,
        "description": f"`{EVIL}` {EVIL}",
        "parameters": [{"name": EVIL, "in": "query", "schema": {"enum": [EVIL], "pattern": EVIL}}],
        "requestBody": {"content": {"x": {"schema": {"$ref": f"#/components/schemas/{EVIL}"}}}},
        "responses": {EVIL: {"description": EVIL}},
        "security": [{"bearer": [EVIL]}],
    }
    part = {"description": EVIL, "properties": {EVIL: {"format": EVIL, "default": EVIL}}}
    document = {"paths": {f"/{EVIL}": {"post": call}}, "components": {"schemas": {EVIL: part}}}
    owners.on("GET", "/billing/openapi.json", (200, document))
    page = await visitor.get("/developers/api/billing")
    assert page.status_code == 200
    assert not RAW.search(page.text)
    assert "onclick" in page.text
