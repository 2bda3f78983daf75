"""`partners`: who they are, where they are told, and what became of it; `partners replay`."""

import uuid
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import cohort, mappings, say, sent_in, sponsored, telling
from cli.here import Here, here
from cli.say import USAGE, AsJson, Ends
from cli.streams import stream

app = typer.Typer(no_args_is_help=True, help="Partners, their webhooks and deliveries.")
app.command()(telling.describe)
app.command()(telling.connect)
app.command("test")(telling.try_out)
app.command()(sent_in.inbound)
app.command()(sent_in.secret)
app.command()(cohort.cohort)
app.add_typer(mappings.app, name="mapping")
app.command()(sponsored.roster)
app.command()(sponsored.evaluations)
app.command()(sponsored.certificates)
app.command()(sponsored.erasures)
Partner = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's id.")]
Endpoint = Annotated[str, typer.Argument(metavar="ENDPOINT", help="The endpoint's id.")]
OfEndpoint = Annotated[str, typer.Option("--endpoint", help="Only this endpoint's.")]
Status = Annotated[str, typer.Option("--status", help="waiting, delivered or parked.")]
Type = Annotated[str, typer.Option("--type", help="Only these, such as certificate.issued.v1.")]
Event = Annotated[str, typer.Option("--event", help="Only those of this event.")]
Most = Annotated[int, typer.Option("--limit", min=1, max=200, help="How many at most.")]
Events = Annotated[
    list[str] | None, typer.Option("--event", help="This event; may be given often.")
]
From = Annotated[str, typer.Option("--from", help="Said from then on: 2026-11-20T08:00:00Z.")]
Until = Annotated[str, typer.Option("--until", help="Said before then.")]
Parked = Annotated[bool, typer.Option("--parked", help="All that is parked.")]
_WHICH = "See which there are: bin/holdfast partners list"
_NAMED = {
    "/event_ids": "--event",
    "/from": "--from",
    "/until": "--until",
    "/query/status": "--status",
}


app.command()(stream)


@app.callback()
def family() -> None:
    """Partners, their webhooks and deliveries."""


@app.command("list")
def list_partners(as_json: AsJson = False) -> None:
    """All partners."""
    found = _all(here(), "/partners/v1/partners", {})
    if as_json:
        say.data({"items": found})
        return
    for one in found:
        say.line(f"{one['partner_id']}  {one['name']}  {len(one['courses'])} courses")
    if not found:
        say.line("There is no partner.")


@app.command()
def show(partner: Partner, as_json: AsJson = False) -> None:
    """A partner, and what it may see."""
    found = here().call("GET", f"/partners/v1/partners/{_in_path(partner)}", missing=_WHICH)
    if as_json:
        say.data(found)
        return
    say.line(f"{found['partner_id']}  {found['name']}")
    for name in ("courses", "types", "fields"):
        say.line(f"  {name}: {', '.join(found[name]) or 'none'}")
    say.following(f"Where it is told: bin/holdfast partners endpoints {partner}")


@app.command()
def endpoints(partner: Partner, as_json: AsJson = False) -> None:
    """Where a partner is told, and how each endpoint fares."""
    found = _all(here(), f"/partners/v1/partners/{_in_path(partner)}/endpoints", {})
    if as_json:
        say.data({"items": found})
        return
    for one in found:
        say.line(f"{one['endpoint_id']}  {one['url']}")
        why = f" ({one['reason']})" if one["reason"] else ""
        since = f", failing since {one['failing_since']}" if one["failing_since"] else ""
        say.line(f"  {one['state']}{why}, circuit {one['circuit']}{since}")
    if not found:
        say.line(f"{partner} has no endpoint.")
    say.following(f"What was sent: bin/holdfast partners deliveries {partner}")


@app.command()
def deliveries(
    partner: Partner,
    endpoint: OfEndpoint = "",
    status: Status = "",
    kind: Type = "",
    event: Event = "",
    limit: Most = 50,
    as_json: AsJson = False,
) -> None:
    """What was tried, the newest first."""
    asked = {"endpoint_id": endpoint, "status": status, "type": kind, "event_id": event}
    params = {"partner_id": partner, "limit": str(limit)}
    params |= {name: value for name, value in asked.items() if value}
    found = here().call("GET", "/partners/v1/deliveries", named=_NAMED, params=params)
    if as_json:
        say.data(found)
        return
    for one in found["items"]:
        answered = f" {one['answered']}" if one["answered"] else ""
        why = f" ({one['reason']}{answered})" if one["reason"] else answered
        again = f", again {one['next_at']}" if one["next_at"] else ""
        say.line(f"{one['last_at']}  {one['type']}  {one['event_id']}")
        say.line(f"  {one['status']}{why}, {one['attempts']} tries{again}  {one['endpoint_id']}")
    if not found["items"]:
        say.line("There is none.")
    if any(one["status"] == "parked" for one in found["items"]):
        say.following(f"Again: bin/holdfast partners replay {partner} ENDPOINT --parked")


@app.command()
def replay(
    partner: Partner,
    endpoint: Endpoint,
    event: Events = None,
    since: From = "",
    until: Until = "",
    parked: Parked = False,
    as_json: AsJson = False,
) -> None:
    """Send again: events by their ids, or what was said in a time, or all that is parked."""
    if [bool(event), bool(since or until), parked].count(True) != 1:
        raise Ends(USAGE, "Say what is to be sent again.", "--event ID, --from WHEN, or --parked")
    body: dict[str, Any] = {"partner_id": partner, "endpoint_id": endpoint}
    asked = {"event_ids": event, "from": since, "until": until}
    body |= {name: value for name, value in asked.items() if value}
    body |= {"status": "parked"} if parked else {}
    done = here().call(
        "POST",
        "/partners/v1/deliveries:replay",
        named=_NAMED,
        missing=f"See which there are: bin/holdfast partners endpoints {partner}",
        json=body,
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )
    if as_json:
        say.data(done)
        return
    say.line(f"{done['replayed']} are sent again.")
    say.following(f"How it goes: bin/holdfast partners deliveries {partner} --endpoint {endpoint}")


def _in_path(name: str) -> str:
    return quote(name, safe="")


def _all(stack: Here, path: str, params: dict[str, str]) -> list[dict[str, Any]]:
    """Every page."""
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        asked = params | {"limit": "200"} | ({"after": after} if after else {})
        page = stack.call("GET", path, missing=_WHICH, params=asked)
        items += page["items"]
        after = page["next"] or ""
        if not after:
            return items
