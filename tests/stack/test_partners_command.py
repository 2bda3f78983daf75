"""`partners`: what it asks, what it tells, how it ends."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import mappings, partners, sent_in, telling
from cli.here import Here
from cli.main import app
from cli.say import Ends

INSTITUTE = {
    "partner_id": "ibh",
    "name": "Institute",
    "courses": ["course-a"],
    "types": ["*"],
    "fields": [],
}
ENDPOINT = {
    "endpoint_id": "e1",
    "url": "https://hooks.partner.example/in",
    "state": "disabled",
    "reason": "gone",
    "circuit": "closed",
    "failing_since": "2020-10-19T12:00:00Z",
}
DELIVERY = {
    "endpoint_id": "e1",
    "event_id": "event-1",
    "type": "certificate.issued.v1",
    "status": "parked",
    "attempts": 10,
    "answered": 500,
    "reason": "answered",
    "next_at": None,
    "last_at": "2020-10-22T16:00:00Z",
}
INTAKE = {
    "former_secret_until": "2020-10-20T12:00:00Z",
    "mapping_version": 3,
    "items_a_day": 20_000,
    "items_today": 31,
    "requests_a_minute": 120,
    "version": 1,
}
seen: list[httpx.Request] = []


class Door(Here):
    """A front door behind which there is one partner."""

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(answer), base_url=self.door)


def answer(request: httpx.Request) -> httpx.Response:
    seen.append(request)
    path = request.url.path
    if "/inbound" in path:
        return _inbound(request)
    if request.method == "PUT":
        known = path.endswith("/ibh")
        return httpx.Response(200, json=INSTITUTE) if known else _made(request)
    if path.endswith("/test"):
        return httpx.Response(202, json={"endpoint_id": "e1", "event_id": "event-9"})
    if request.method == "POST" and path.endswith("/ibh/endpoints"):
        return _connected(request)
    if path.endswith("deliveries:replay"):
        return httpx.Response(202, json={"replayed": 3})
    if "nobody" in path:
        return httpx.Response(
            404,
            json={"title": "Partner unknown"},
            headers={"content-type": "application/problem+json"},
        )
    if path == "/partners/v1/partners/ibh":
        return httpx.Response(200, json=INSTITUTE)
    items = {"partners": INSTITUTE, "endpoints": ENDPOINT, "deliveries": DELIVERY}
    return httpx.Response(200, json={"items": [items[path.rpartition("/")[2]]], "next": None})


MAPPING = {"partner_id": "ibh", "version": 3, "created_at": "2020-10-19T12:00:00Z", "mapping": {}}
TRIED = {
    "a": {"status": "taken", "line": {"id": "a"}},
    "b": {
        "status": "refused",
        "detail": "kurs: No.",
        "pointer": "/kurs",
        "errors": [{"pointer": "/kurs", "detail": "No."}],
    },
}


def _mapping(request: httpx.Request) -> httpx.Response:
    asked = json.loads(request.content) if request.content else {}
    if request.method == "POST":
        return httpx.Response(200, json={"results": [TRIED[i["id"]] for i in asked["items"]]})
    if asked.get("mapping") == {}:
        wrong = [{"pointer": "/type", "detail": "Say of which type."}]
        problem = {"title": "Mapping invalid", "detail": "No.", "errors": wrong}
        return httpx.Response(422, json=problem)
    return httpx.Response(200, json=MAPPING)


def _inbound(request: httpx.Request) -> httpx.Response:
    if "/mapping" in request.url.path:
        return _mapping(request)
    stands = {"partner_id": "ibh", "signed": False, "secret_version": 1} | INTAKE
    if "/nobody/" in request.url.path:
        kind = {"content-type": "application/problem+json"}
        return httpx.Response(404, json={"title": "Partner unknown"}, headers=kind)
    if request.method == "PATCH":
        return httpx.Response(200, json=stands | json.loads(request.content))
    secret = {"secret": "whsec_new"} if request.method == "POST" else {}
    return httpx.Response(200, json=stands | secret)


def _made(request: httpx.Request) -> httpx.Response:
    if json.loads(request.content)["types"] == ["invoice.payd"]:
        wrong = [{"pointer": "/types/0", "detail": "There is no such type."}]
        problem = {"title": "Lists invalid", "detail": "No.", "errors": wrong}
        return httpx.Response(422, json=problem)
    return httpx.Response(201, json=INSTITUTE | {"key": "hf_live_new"})


def _connected(request: httpx.Request) -> httpx.Response:
    if "10.0.0.1" in json.loads(request.content)["url"]:
        wrong = [{"pointer": "/url", "detail": "It is not public."}]
        problem = {"title": "Target not public", "detail": "No.", "errors": wrong}
        return httpx.Response(422, json=problem)
    return httpx.Response(201, json=ENDPOINT | {"secret": "whsec_new"})


@pytest.fixture(autouse=True)
def _at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    for module in (mappings, partners, sent_in, telling):
        monkeypatch.setattr(module, "here", lambda: Door("http://holdfast.test", "key"))


def typed(*words: str) -> Any:
    return CliRunner().invoke(app, ["partners", *words])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["list"], "ibh  Institute  1 courses"),
        (["show", "ibh"], "types: *"),
        (
            ["endpoints", "ibh"],
            "disabled (gone), circuit closed, failing since 2020-10-19T12:00:00Z",
        ),
        (["deliveries", "ibh"], "parked (answered 500), 10 tries"),
        (["replay", "ibh", "e1", "--parked"], "3 are sent again."),
        (["describe", "ibh", "--name", "Institute"], "Its key is the one that it has."),
        (["connect", "ibh", "https://hooks.partner.example/in"], "whsec_new"),
        (["test", "ibh", "e1"], "event-9 is sent there."),
        (["inbound", "ibh"], "ibh: what it sends in may be signed."),
        (["secret", "ibh"], "The former one is good until 2020-10-20T12:00:00Z."),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "told",
)
def test_it_tells_what_there_is(words, told):
    done = typed(*words)
    assert done.exit_code == 0, done.output
    assert told in done.output
    as_data = typed(*words, "--json")
    assert isinstance(json.loads(as_data.stdout), dict)


def test_what_is_asked_for_is_passed_on():
    typed("deliveries", "ibh", "--status", "parked", "--event", "event-1", "--endpoint", "e1")
    assert dict(seen[-1].url.params) == {
        "partner_id": "ibh",
        "limit": "50",
        "endpoint_id": "e1",
        "status": "parked",
        "event_id": "event-1",
    }
    typed("replay", "ibh", "e1", "--event", "a", "--event", "b")
    assert json.loads(seen[-1].content) == {
        "partner_id": "ibh",
        "endpoint_id": "e1",
        "event_ids": ["a", "b"],
    }
    assert seen[-1].headers["idempotency-key"]


@pytest.mark.parametrize("options", [[], ["--parked", "--event", "a"]], ids=["nothing", "two ways"])
def test_a_replay_is_of_one_thing(options):
    ended = typed("replay", "ibh", "e1", *options).exception
    assert isinstance(ended, Ends)
    assert ended.code == 2
    assert seen == []


def test_who_is_not_there_is_refused_with_what_to_do():
    ended = typed("show", "nobody").exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.remedy) == (1, "See which there are: bin/holdfast partners list")


def test_a_partner_is_described_with_all_that_it_may_see_and_its_key_is_shown_once():
    words = [
        "--name",
        "Praxis",
        "--course",
        "a",
        "--course",
        "b",
        "--type",
        "*",
        "--field",
        "state",
    ]
    done = typed("describe", "praxis", *words)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0] == "  hf_live_new"
    assert "Keep it now" in done.output
    assert seen[-1].url.path == "/partners/v1/partners/praxis"
    assert json.loads(seen[-1].content) == {
        "name": "Praxis",
        "courses": ["a", "b"],
        "types": ["*"],
        "fields": ["state"],
    }
    assert seen[-1].headers["idempotency-key"]
    assert "hf_live" not in typed("describe", "ibh", "--name", "Institute").output


def test_an_endpoint_hears_what_it_is_told_to():
    words = ["--type", "certificate.issued", "--course", "a", "--ordered"]
    done = typed("connect", "ibh", "https://hooks.partner.example/in", *words)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0] == "  whsec_new"
    assert json.loads(seen[-1].content) == {
        "url": "https://hooks.partner.example/in",
        "ordered": True,
        "courses": ["a"],
        "types": ["certificate.issued"],
    }
    assert "bin/holdfast partners test ibh e1" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["describe", "praxis", "--name", "P", "--type", "invoice.payd"],
            "--type invoice.payd: There is no such type.",
        ),
        (["connect", "ibh", "https://10.0.0.1/"], "URL: It is not public."),
    ],
    ids=["a type", "an address"],
)
def test_what_cannot_be_is_told_by_what_was_typed(words, said):
    ended = typed(*words).exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.message) == (2, said)


def test_where_nobody_was_described_nothing_is_connected():
    ended = typed("connect", "nobody", "https://hooks.partner.example/in").exception
    assert isinstance(ended, Ends)
    assert ended.remedy.startswith("Describe it first: bin/holdfast partners describe")


def test_requests_have_to_be_signed_from_the_word_on():
    done = typed("inbound", "ibh", "--signed")
    assert "ibh: what it sends in has to be signed." in done.output
    assert (seen[-1].method, json.loads(seen[-1].content)) == ("PATCH", {"signed": True})
    assert "31 lines of 20000 today" in done.output
    assert "lines are read by mapping 3" in done.output
    typed("inbound", "ibh", "--items-a-day", "500", "--requests-a-minute", "0")
    assert json.loads(seen[-1].content) == {"items_a_day": 500, "requests_a_minute": None}
    typed("inbound", "ibh", "--unsigned")
    assert json.loads(seen[-1].content) == {"signed": False}
    typed("secret", "ibh")
    assert seen[-1].headers["idempotency-key"]
    ended = typed("inbound", "nobody").exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.remedy) == (
        1,
        "See which there are: bin/holdfast partners list",
    )


def written(path, value):
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


def test_a_mapping_is_put_shown_tried_and_dropped(tmp_path):
    good = written(tmp_path / "good.json", {"type": {"value": "registration"}})
    items = written(tmp_path / "items.json", {"items": [{"id": "a"}]})
    assert "lines are read by mapping 3" in typed("mapping", "put", "ibh", good).output
    assert json.loads(seen[-1].content) == {"mapping": {"type": {"value": "registration"}}}
    assert "ibh: mapping 3 of 2020-10-19T12:00:00Z" in typed("mapping", "show", "ibh").output
    tried = typed("mapping", "try", "ibh", items, "--by", good)
    assert (tried.exit_code, "All of them fit." in tried.output) == (0, True)
    assert json.loads(seen[-1].content)["mapping"] == {"type": {"value": "registration"}}
    assert typed("mapping", "drop", "ibh").exit_code == 0
    assert seen[-1].method == "DELETE"
    as_data = typed("mapping", "try", "ibh", items, "--json")
    assert json.loads(as_data.stdout) == {"results": [TRIED["a"]]}


def test_what_would_be_refused_is_told_by_number_and_place(tmp_path):
    items = written(tmp_path / "items.json", [{"id": "a"}, {"id": "b"}])
    done = typed("mapping", "try", "ibh", items)
    assert "2  refused  /kurs  No." in done.output
    assert isinstance(done.exception, Ends)
    assert (done.exception.code, done.exception.message) == (1, "1 of 2 would be refused.")
    bad = written(tmp_path / "bad.json", {})
    ended = typed("mapping", "put", "ibh", bad).exception
    assert isinstance(ended, Ends)
    assert (ended.code, "/type  Say of which type." in ended.message) == (1, True)


@pytest.mark.parametrize(
    "text", ["{", "7", "[7]", '{"items": {}}', "\ud7ff"], ids=["half", "number", "seven", "no", "x"]
)
def test_a_file_without_items_is_wrong_usage(tmp_path, text):
    ended = typed("mapping", "try", "ibh", written(tmp_path / "items.json", text)).exception
    assert isinstance(ended, Ends)
    assert ended.code == 2
    gone = typed("mapping", "try", "ibh", str(tmp_path / "gone.json")).exception
    assert isinstance(gone, Ends)
    assert gone.code == 2
    assert seen == []
