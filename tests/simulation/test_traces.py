"""From registering to the certificate: one trace through all services, which tells nothing of whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from services.partners.api import endpoints
from services.partners.courier import Courier
from services.partners.domain.answers import outcome_of
from shared.contracts.services import SERVICES
from shared.runtime.clock import wall, walled
from tests.runtime.spans import Spans, seen, told, trace_of
from tests.simulation.asking import Answer
from tests.simulation.classroom import bring
from tests.simulation.clockwork import goes_to
from tests.simulation.cluster import Cluster
from tests.simulation.course import MAIN
from tests.simulation.operators import open_shop
from tests.simulation.platform import Stay
from tests.simulation.rest import rests
from tests.simulation.run import in_a_loop
from tests.simulation.service import Actor
from tests.simulation.story import Step
from tests.simulation.telling import Teller
from tests.simulation.world import World

pytestmark = pytest.mark.timeout(600)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CARD, LICENCE = "4242424242424242", "NY-77123"
ADA = {
    "name": "Ada Lovelace",
    "email": "ada.l@learners.example",
    "profession": "counselor",
    "licenses": [{"state": "NY", "number": LICENCE}],
    "zone": "Europe/London",
    "locale": "en-GB",
}
REGISTERED = "POST /registration/v1/courses/{course_id}/registrations"
REPORTED = "POST /attendance/v1/sessions/{course_id}/{session_id}/report"
EVALUATED = "POST /certificates/v1/registrations/{registration_id}/evaluation"


@pytest.fixture(autouse=True)
def _webhooks_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    async def send(self: Courier, url: str, secrets: Any, parcel: Any) -> Any:
        return outcome_of(200, None, wall())

    async def fits(way: Any, url: str) -> None:
        """No name is looked up."""

    monkeypatch.setattr(Courier, "_send", send)
    monkeypatch.setattr(endpoints, "_check_url", fits)


async def lived(teller: Teller) -> World:
    """Ada registers, pays, is there, evaluates, is certified; a partner is told of all of it."""
    world = World(1, teller.around)
    world.setting = replace(
        world.setting, sessions=1, days_ahead=4, capacity=5, price=16900, rough=0.0,
        with_platform=False,
    )  # fmt: skip
    world.courses = type(world.courses)(world.setting, world.clock.now())
    world.calm = True
    await world.begin()
    try:
        world.step(Step("open", 0))
        await open_shop(world)
        partner = {"name": "Institute", "courses": [MAIN], "types": ["*"], "fields": []}
        await world.ask("partners", "PUT", "/partners/v1/partners/ibh", partner)
        endpoint = {"url": "https://hooks.partner.example/in", "types": [], "courses": []}
        made = await world.ask("partners", "POST", "/partners/v1/partners/ibh/endpoints", endpoint)
        assert made.good, made
        await rests(world)
        registered = await world.ask(
            "registration", "POST", f"/registration/v1/courses/{MAIN}/registrations",
            {"attendee": ADA, "disclosure_version": world.courses.version(MAIN),
             "payment": {"method": "card"}},
            token=None,
        )  # fmt: skip
        assert registered.status == 201, registered
        who, token = registered.body["registration_id"], registered.body["token"]
        await rests(world)
        path = f"/billing/v1/registrations/{who}/checkout"
        page = await world.ask("billing", "POST", path, {}, token=token)
        assert world.gateway.pays(page.body["checkout_url"], CARD).endswith("succeeded")
        await rests(world)
        [session] = world.courses.sessions[MAIN]
        begins, ends = session.begins.astimezone(UTC), session.ends.astimezone(UTC)
        stay = Stay(session.meeting_id, who, ADA["name"], begins, ends)  # type: ignore[arg-type]
        world.platform.met(session.meeting_id, begins, ends, [stay])
        await goes_to(world, ends + timedelta(minutes=3))
        await rests(world)
        await bring(world, session)
        await goes_to(world, ends + timedelta(hours=3))
        await rests(world)
        path = f"/certificates/v1/registrations/{who}/evaluation"
        answers = {"answers": {"objective-1": 5, "objective-2": 4}}
        assert (await world.ask("certificates", "POST", path, answers, token=token)).status == 201
        await rests(world)
        await goes_to(world, ends + timedelta(hours=5))  # certificates that come together: one mail
        await rests(world)
        assert world.wrong == []
    finally:
        world.end()
    return world


def told_of(cluster: Cluster) -> tuple[Spans, World]:
    """What was recorded of it."""
    worlds: list[World] = []

    async def tell(teller: Teller) -> None:
        with walled(teller.around.clock.now):
            worlds.append(await lived(teller))

    with seen() as spans:
        in_a_loop(cluster, tell)
    return spans, worlds[0]


def asks_within(monkeypatch: pytest.MonkeyPatch, traceparent: str) -> None:
    """Whoever asks does so within this trace, as an integrator does whose own system is traced."""
    asked = Actor.asked

    async def within(
        self: Actor, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        return await asked(self, method, path, {**headers, "traceparent": traceparent}, body)

    monkeypatch.setattr(Actor, "asked", within)


def test_from_the_registration_to_the_certificate_all_is_one_trace_and_tells_of_nobody(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks_within(monkeypatch, f"00-{TRACE}-00f067aa0ba902b7-01")
    spans, world = told_of(cluster)
    ones = [span for span in spans.all() if span.name != "transaction"]
    assert {trace_of(span) for span in ones} == {TRACE}
    types = {told(span).get("cloudevents.event_type") for span in ones}
    assert {
        "registration.requested.v1",
        "invoice.issued.v1",
        "invoice.paid.v1",
        "registration.confirmed.v1",
        "session.completed.v1",
        "attendance.settled.v1",
        "evaluation.submitted.v1",
        "award.granted.v1",
        "certificate.issued.v1",
        "message.sent.v1",
    } <= types
    heard = {told(span).get("messaging.consumer.group.name") for span in ones}
    assert set(SERVICES) <= heard, "every service is in it"
    names = {span.name for span in ones}
    wanted = {REGISTERED, EVALUATED, "call render", "call send", "call deliver"}
    assert wanted - names == set(), "\n".join(sorted(names))
    # All that a collector is ever given, as one text.
    said = "\n".join(span.to_json(indent=None) for span in spans.all())
    for word in ("Ada", "Lovelace", "ada.l", "@", LICENCE, CARD, "London", "objective-1"):
        assert word not in said, word
    mails = [line for line in world.trace.lines if line.startswith("mail ")]
    assert mails
    assert any("ada.l@learners.example" in line for line in mails), "the words are not simply wrong"


def test_each_thing_is_in_the_trace_of_what_caused_it(cluster: Cluster) -> None:
    spans, _ = told_of(cluster)
    [registered], [evaluated] = spans.named(REGISTERED), spans.named(EVALUATED)
    assert trace_of(registered) != trace_of(evaluated)
    by_type: dict[str, Any] = {}
    for span in spans.all():
        if span.name.startswith("send "):
            by_type.setdefault(told(span)["cloudevents.event_type"], []).append(span)
    [invoice] = by_type["invoice.issued.v1"]
    assert spans.line(invoice) == [
        "send billing.registrations",
        "process registration.registrations",
        "run register",
        REGISTERED,
    ]
    # Some boards ask for an evaluation, and for others the last thing was the meeting's report.
    lines = [spans.line(certificate) for certificate in by_type["certificate.issued.v1"]]
    for line in lines:
        assert line[:2] == ["send certificates.certificates", "record render"]
    assert {tuple(line[-2:]) for line in lines} == {
        ("run evaluate", EVALUATED),
        ("run report", REPORTED),
    }
    mails = [
        spans.line(one) for name in ("call send", "call send_later") for one in spans.named(name)
    ]
    assert any(line[-1] == REGISTERED for line in mails), "that the registration came in"
    ready = [line for line in mails if "process certificates.certificates" in line]
    assert ready, "and that certificates are ready"
    assert {line[-1] for line in ready} <= {EVALUATED, REPORTED}
