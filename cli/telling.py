"""`partners describe`, `connect`, `test`: a partner, where it is told, and whether that works."""

import uuid
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import say
from cli.here import here
from cli.say import AsJson

Partner = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's id.")]
Name = Annotated[str, typer.Option("--name", help="What it is called.")]
Courses = Annotated[
    list[str] | None, typer.Option("--course", help="A course of its own; may be given often.")
]
Types = Annotated[
    list[str] | None,
    typer.Option("--type", help="A type such as certificate.issued, or * for all; often."),
]
Fields = Annotated[
    list[str] | None,
    typer.Option("--field", help="A field such as confirmed_at, or certificate.issued/*; often."),
]
Url = Annotated[str, typer.Argument(metavar="URL", help="Where it is to be told.")]
OwnCourses = Annotated[
    list[str] | None, typer.Option("--course", help="Only of this course; may be given often.")
]
OwnTypes = Annotated[
    list[str] | None, typer.Option("--type", help="Only these types; may be given often.")
]
Ordered = Annotated[
    bool, typer.Option("--ordered", help="One after another, of one registration and the like.")
]
Endpoint = Annotated[str, typer.Argument(metavar="ENDPOINT", help="The endpoint's id.")]
KEPT = "Keep it now: it is not stored anywhere and cannot be shown again."
_WHICH = "Describe it first: bin/holdfast partners describe PARTNER --name NAME --course COURSE"
_ENDPOINTS = "See which there are: bin/holdfast partners endpoints {partner}"


def describe(
    partner: Partner,
    name: Name,
    course: Courses = None,
    kind: Types = None,
    field: Fields = None,
    as_json: AsJson = False,
) -> None:
    """Who it is, and all that it may see; a new partner's key is shown now and never again."""
    given = {"courses": course or [], "types": kind or [], "fields": field or []}
    made = here().call(
        "PUT",
        f"/partners/v1/partners/{_in_path(partner)}",
        named=_named(given) | {"/name": "--name"},
        json={"name": name, **given},
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )
    if as_json:
        say.data(made)
        return
    key = made.get("key")
    if key:
        say.line(str(key))
        say.line(f"for {partner}. {KEPT}")
    else:
        say.line(f"{partner} is described anew. Its key is the one that it has.")
    say.following(f"Where it is told: bin/holdfast partners connect {partner} URL")


def connect(
    partner: Partner,
    url: Url,
    kind: OwnTypes = None,
    course: OwnCourses = None,
    ordered: Ordered = False,
    as_json: AsJson = False,
) -> None:
    """Tell it by webhook from now on; the secret is shown now and never again."""
    given = {"courses": course or [], "types": kind or []}
    made = here().call(
        "POST",
        f"/partners/v1/partners/{_in_path(partner)}/endpoints",
        named=_named(given) | {"/url": "URL"},
        missing=_WHICH,
        json={"url": url, "ordered": ordered, **given},
    )
    if as_json:
        say.data(made)
        return
    say.line(str(made.get("secret")))
    say.line(f"for {made['endpoint_id']}, {url}. {KEPT}")
    say.following(f"Try it: bin/holdfast partners test {partner} {made['endpoint_id']}")


def try_out(partner: Partner, endpoint: Endpoint, as_json: AsJson = False) -> None:
    """Send `endpoint.tested.v1` there."""
    path = f"/partners/v1/partners/{_in_path(partner)}/endpoints/{_in_path(endpoint)}/test"
    sent = here().call("POST", path, missing=_ENDPOINTS.format(partner=partner))
    if as_json:
        say.data(sent)
        return
    say.line(f"{sent['event_id']} is sent there.")
    say.following(
        f"What came of it: bin/holdfast partners deliveries {partner} --endpoint {endpoint}"
    )


def _named(given: dict[str, list[str]]) -> dict[str, Any]:
    """Options by where their values stand in the body."""
    options = {"courses": "--course", "types": "--type", "fields": "--field"}
    return {
        f"/{name}/{place}": f"{options[name]} {one}"
        for name, each in given.items()
        for place, one in enumerate(each)
    }


def _in_path(name: str) -> str:
    return quote(name, safe="")
