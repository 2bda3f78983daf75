"""Traces: one from the request through outbox, intake, deadline and call; and nothing of anybody."""

import asyncio
import re
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk import environment_variables
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.semconv._incubating.attributes import (
    cloudevents_attributes,
    code_attributes,
    messaging_attributes,
)
from opentelemetry.semconv.attributes import error_attributes, http_attributes, url_attributes
from opentelemetry.trace import SpanKind, StatusCode

from shared.runtime import tracing
from shared.runtime.hears import Hears
from shared.runtime.offsets import begin_at_end
from shared.runtime.plans import needs
from shared.runtime.service import Service
from shared.runtime.settings import ServiceSettings
from shared.runtime.trace_settings import TraceSettings
from tests.conftest import ROOT, _execute, run
from tests.runtime import toy, toy_service
from tests.runtime.spans import context, seen, told, trace_of
from tests.runtime.steps import Story
from tests.stage import record_of

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
OURS = f"00-{TRACE}-{CALLER}-01"


@pytest.fixture(scope="module")
def urls(postgres_url: str) -> Iterator[list[str]]:
    """Two databases of the toy; to make some for each test would take most of its time."""
    names, made = [f"test_toy_{uuid.uuid4().hex[:12]}" for _ in range(2)], []
    for name in names:
        run(_execute(postgres_url, f"create database {name}"))
        made.append(urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}")))
        run(toy.create(made[-1]))
    yield made
    for name in names:
        run(_execute(postgres_url, f"drop database {name} with (force)"))


@pytest.fixture
async def story(urls: list[str]) -> AsyncIterator[Story]:
    """Two services in this process, and nothing in their databases."""
    for url in urls:
        await toy.empty(url)
    made = Story(urls, "one")
    yield made
    await made.end()


async def asks(
    story: Story, account: str, amount: int, trace: str | bytes | None
) -> httpx.Response:
    headers: dict[str, Any] = {"Idempotency-Key": f"feed {account} {amount}"}
    return await story.first.asks(
        "POST",
        f"/toy/v1/accounts/{account}/feed",
        params={"amount": amount},
        headers=headers | ({} if trace is None else {"traceparent": trace}),
    )


async def lived(story: Story) -> None:
    for step in (story.relay, story.hear, story.sweep, story.call, story.relay):
        await step()


async def test_all_that_comes_of_a_request_is_one_trace_through_both_services(
    story: Story,
) -> None:
    with seen() as spans:
        assert (await asks(story, "ada", 1, OURS)).status_code == 201
        await lived(story)
    ones = [span for span in spans.all() if span.name != "transaction"]
    assert {trace_of(span) for span in ones} == {TRACE}
    request = spans.one("POST /toy/v1/accounts/{account_id}/feed")
    assert request.kind is SpanKind.SERVER
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == CALLER
    assert told(request) == {
        "http.request.method": "POST",
        "url.scheme": "http",
        "http.route": "/toy/v1/accounts/{account_id}/feed",
        "http.response.status_code": 201,
    }
    # The last thing that was said comes of the call, that of the deadline, that of the event that
    # was heard, that of the request: by name, up to where it began.
    said = spans.named("send toy.grown")
    begin = ["run and_link", request.name]
    swept = ["sweep grow", "process toy.grown", *begin]
    assert [spans.line(span) for span in said] == [
        ["send toy.grown", *begin],
        ["send toy.grown", *swept],
        ["send toy.grown", "record call", *swept],
    ]
    for name in ("prepare call", "call call", "record call"):
        assert spans.line(spans.one(name)) == [name, *swept]
    assert [span.kind for span in said] == [SpanKind.PRODUCER] * 3
    assert spans.one("process toy.grown").kind is SpanKind.CONSUMER
    assert spans.one("call call").kind is SpanKind.CLIENT
    assert told(spans.one("sweep grow")) == {"holdfast.due.kind": "grow", "holdfast.due.attempt": 1}


async def test_a_record_is_told_by_the_words_of_the_conventions(story: Story) -> None:
    with seen() as spans:
        await asks(story, "ada", 1, OURS)
        await story.relay()
        [record] = story.first_says.records
        await story.hear()
    headers = dict(record.headers)
    both = {
        "messaging.system": "kafka",
        "messaging.destination.name": "toy.grown",
        "messaging.message.id": headers["ce_id"].decode(),
        "messaging.message.body.size": len(record.value),
        "cloudevents.event_type": "toyaccount.grown.v1",
    }
    assert told(spans.one("send toy.grown")) == both | {
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
    }
    assert told(spans.one("process toy.grown")) == both | {
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.partition.id": "0",
        "messaging.kafka.offset": 0,
        "messaging.consumer.group.name": "second",
    }
    # What it carries is where it was said, not how often it was sent.
    run_span = f"{context(spans.one('run and_link')).span_id:016x}"
    assert headers["traceparent"].decode() == f"00-{TRACE}-{run_span}-01"


async def test_only_names_of_the_conventions_or_ours_are_used(story: Story) -> None:
    modules = (messaging_attributes, cloudevents_attributes, code_attributes, error_attributes,
               http_attributes, url_attributes)  # fmt: skip
    known = {value for one in modules for name, value in vars(one).items()
             if name.isupper() and isinstance(value, str)}  # fmt: skip
    with seen() as spans:
        await asks(story, "ada", 1, OURS)
        await asks(story, "eve", 13, OURS)
        await lived(story)
    used = {name for span in spans.all() for name in told(span)}
    assert {name for name in used if not name.startswith("holdfast.")} <= known
    assert {"messaging.kafka.offset", "http.route", "code.function.name"} <= used


async def test_records_of_many_traces_in_one_transaction_are_linked_to_it_and_it_to_them(
    story: Story,
) -> None:
    traces = [f"00-{n:032x}-{n:016x}-01" for n in (1, 2, 3)]
    with seen() as spans:
        for account, trace in zip(("ada", "ben", "cem"), traces, strict=True):
            await asks(story, account, 1, trace)
        await story.relay()
        spans.forget()
        await story.hear()
    batch = spans.one("transaction")
    heard = spans.named("process toy.grown")
    assert [int(trace_of(span), 16) for span in heard] == [1, 2, 3]
    assert batch.parent is None
    assert told(batch) == {"holdfast.units": 3}
    assert [link.context.trace_id for link in batch.links] == [1, 2, 3]
    for span in heard:
        assert [link.context.span_id for link in span.links] == [context(batch).span_id]


async def test_a_refusal_is_told_by_its_slug_and_a_dead_letter_too(story: Story) -> None:
    with seen() as spans:
        assert (await asks(story, "eve", 13, OURS)).status_code == 409
        torn = record_of("toy.grown", b"eve", b"{", [("ce_type", b"toyaccount.grown.v1")], 0)
        await story.second.intake.step(story.second.intake.deliver([torn]))
    assert told(spans.one("run and_link"))["holdfast.refusal"] == "unlucky"
    request = spans.one("POST /toy/v1/accounts/{account_id}/feed")
    assert told(request)["http.response.status_code"] == 409
    assert request.status.status_code is StatusCode.UNSET, "a rule's no is no error of ours"
    assert told(spans.one("process toy.grown"))["holdfast.refusal"] == "value-unreadable"


async def test_what_is_taken_back_is_not_told_as_done(story: Story) -> None:
    """Two requests, one of which is a defect: both run again, one by one."""
    with seen() as spans:
        answers = await asyncio.gather(asks(story, "ada", 1, OURS), asks(story, "eve", 666, OURS))
    assert [answer.status_code for answer in answers] == [201, 500]
    committed = [s for s in spans.named("run and_link") if s.status.status_code is StatusCode.UNSET]
    assert len(committed) == 1
    failed = [s for s in spans.all() if told(s).get("error.type") == "ZeroDivisionError"]
    assert {span.name for span in failed} == {"run and_link", "transaction"}
    assert all(span.status.description is None and not span.events for span in spans.all())
    requests = spans.named("POST /toy/v1/accounts/{account_id}/feed")
    assert sorted(told(span).get("error.type", "") for span in requests) == ["", "500"]


JUNK = [
    "", "junk", OURS[:-1], OURS + "0", OURS.upper(), "ff" + OURS[2:], "\xff" * 55,
    f"00-{'0' * 32}-{CALLER}-01", f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE}-{CALLER}-0x", "0" * 9_000,
]  # fmt: skip


async def test_a_header_that_is_no_trace_context_is_as_none(story: Story) -> None:
    for n, junk in enumerate(JUNK):
        account, trace = f"a{n}", junk.encode("latin-1")
        with seen() as spans:
            answer = await asks(story, account, 1, trace)
            value = b'{"account_id": "%b", "balance": 1}' % account.encode()
            headers = [("ce_type", b"toyaccount.grown.v1"), ("traceparent", trace)]
            record = record_of("toy.grown", account.encode(), value, headers, n)
            await story.second.intake.step(story.second.intake.deliver([record]))
        assert answer.status_code == 201, junk
        request = spans.one("POST /toy/v1/accounts/{account_id}/feed")
        heard = spans.one("process toy.grown")
        assert (request.parent, heard.parent) == (None, None), junk
        assert len({trace_of(request), trace_of(heard), TRACE, "0" * 32}) == 4, junk
        planned = "SELECT trace FROM due WHERE ref = $1"
        [row] = await story.second.rows(planned, f"{account}/1")
        assert row["trace"][3:35] == trace_of(heard), "and goes on from there"


async def test_a_caller_who_does_not_want_to_be_recorded_is_not_and_their_trace_goes_on(
    story: Story,
) -> None:
    with seen() as spans:
        await asks(story, "ada", 1, OURS[:-1] + "0")
        await lived(story)
    assert {span.name for span in spans.all()} == {"transaction"}
    for record in story.said():
        said = dict(record.headers)["traceparent"].decode()
        assert re.fullmatch(f"00-{TRACE}-[0-9a-f]{{16}}-00", said)


async def test_without_a_tracer_the_callers_trace_is_carried_all_the_same(story: Story) -> None:
    assert tracing.tracer is None
    await asks(story, "ada", 1, OURS)
    await lived(story)
    said = [dict(record.headers)["traceparent"].decode() for record in story.said()]
    assert said == [OURS] * 3


async def test_health_and_metrics_make_no_spans(story: Story) -> None:
    with seen() as spans:
        for path in ("/toy/health/live", "/toy/metrics"):
            assert (await story.first.http.get(path)).status_code == 200
        assert (await story.first.http.get("/toy/nowhere/Ada%20Example")).status_code == 404
    assert [span.name for span in spans.all()] == ["GET"], "and no path that anybody made up"
    assert told(spans.one("GET"))["http.response.status_code"] == 404


async def test_a_method_that_nobody_knows_is_not_told(story: Story) -> None:
    with seen() as spans:
        await story.first.http.request("ADA@EXAMPLE", "/toy/v1/accounts/ada/feed")
    assert [told(span)["http.request.method"] for span in spans.all()] == ["_OTHER"]
    assert "ADA" not in repr([span.to_json() for span in spans.all()])


async def test_on_kafka_itself_a_trace_goes_from_the_request_to_the_call(
    toy_url: str, toy_kafka: str
) -> None:
    settings = ServiceSettings(
        database_url=toy_url, platform_secret="a-secret-of-the-platform",
        kafka_bootstrap_servers=toy_kafka,
    )  # fmt: skip
    group, trace = f"toy-{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
    hears, called = Hears(group), asyncio.Event()
    account = str(uuid.uuid4())

    @hears(toy.AccountGrown)
    @needs(lambda e: [(toy.Account, e.account_id)])
    async def grown(work: Any, event: toy.AccountGrown) -> None:
        if event.account_id == account:
            work.plan_due("call", event.account_id, work.now)

    async def world(request: Any) -> str:
        called.set()
        return "called"

    service = Service("toy", settings, base=toy.Base, routers=[toy_service.router], hears=hears,
                      dues=toy.make_dues(world))  # fmt: skip
    await begin_at_end(toy_kafka, group, sorted(hears.topics))  # others' junk would stop it
    with seen() as spans:
        async with (
            service.app.router.lifespan_context(service.app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(service.app), base_url="http://toy"
            ) as client,
        ):
            url = f"/toy/v1/accounts/{account}/feed"
            headers = {"traceparent": f"00-{trace}-{CALLER}-01", "Idempotency-Key": "k"}
            answer = await client.post(url, json={"amount": 1}, headers=headers)
            assert answer.status_code == 201
            async with asyncio.timeout(60):
                await called.wait()
                while not spans.named("record call"):
                    await asyncio.sleep(0.05)
    [sent] = spans.named("send toy.grown")
    [heard] = [span for span in spans.named("process toy.grown") if trace_of(span) == trace]
    place = ("messaging.destination.partition.id", "messaging.kafka.offset")
    assert [told(sent)[name] for name in place] == [told(heard)[name] for name in place]
    assert told(heard)["messaging.kafka.message.key"] == account
    begin = ["run feed", "POST /toy/v1/accounts/{account_id}/feed"]
    assert spans.line(sent) == ["send toy.grown", *begin]
    assert spans.line(spans.one("record call")) == ["record call", "process toy.grown", *begin]


class Collector:
    """What an OTLP collector is for an exporter."""

    def __init__(self) -> None:
        self.got: list[tuple[str, ExportTraceServiceRequest]] = []


@pytest.fixture
def collector() -> Iterator[tuple[Collector, str]]:
    made = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append((self.path, ExportTraceServiceRequest.FromString(body)))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing is said."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def test_a_collector_is_told_who_speaks_and_gets_the_last_spans_at_the_end(
    story: Story, collector: tuple[Collector, str]
) -> None:
    made, url = collector
    with tracing.exporting("billing", f"{url}/"):
        await asks(story, "ada", 1, OURS)
    assert tracing.tracer is None
    assert {path for path, _ in made.got} == {"/v1/traces"}
    resources = [each for _, request in made.got for each in request.resource_spans]
    named = {a.key: a.value.string_value for each in resources for a in each.resource.attributes}
    assert (named["service.namespace"], named["service.name"]) == ("holdfast", "billing")
    names = {span.name for each in resources for scope in each.scope_spans for span in scope.spans}
    assert names == {"transaction", "run and_link", "POST /toy/v1/accounts/{account_id}/feed"}


async def test_a_collector_that_is_away_is_nobodys_trouble(story: Story) -> None:
    with tracing.exporting("billing", "http://127.0.0.1:9"):
        assert (await asks(story, "ada", 1, OURS)).status_code == 201
    assert tracing.tracer is None


def test_the_page_names_what_is_handed_on_and_the_sdk_reads_all_of_it() -> None:
    page = (ROOT / "docs" / "traces.md").read_text()
    named = set(re.findall(r"OTEL_[A-Z_]+[A-Z]", page))
    assert "OTEL_TRACES_SAMPLER" in named
    assert named == {name.upper() for name in TraceSettings.model_fields}
    assert named - set(vars(environment_variables)) == set()


def test_where_nobody_says_it_is_as_the_sdk_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose hands each of them on, so that our defaults are what the SDK is told."""

    def made() -> tuple[Any, ...]:
        sender = OTLPSpanExporter(endpoint="http://127.0.0.1:9/v1/traces")
        batch = BatchSpanProcessor(sender)
        provider = TracerProvider(shutdown_on_exit=False)
        inner = batch._batch_processor
        batch.shutdown()
        sampler = provider.sampler.get_description()
        return sampler, sender._client._timeout, inner._schedule_delay, inner._max_queue_size

    for name in TraceSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    bare = made()
    for name, field in TraceSettings.model_fields.items():
        monkeypatch.setenv(name.upper(), str(field.default))
    assert made() == bare
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.05")
    assert "TraceIdRatioBased{0.05}" in made()[0]
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "one_of_twenty")
    with pytest.raises(ValueError, match="OTEL_TRACES_SAMPLER"):
        ServiceSettings(database_url="postgresql://x/x", platform_secret="a" * 16)
