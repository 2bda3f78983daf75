"""`partners stream`: a Kafka topic of a partner's own, with a user who may read it and no other."""

import secrets
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import say
from cli.here import Here, here, refusal
from cli.say import REFUSED, USAGE, AsJson, Ends
from shared.contracts.topics import partner_topic

Partner = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's id.")]
Days = Annotated[
    int | None,
    typer.Option("--retention-days", min=1, max=365, help="How long Kafka keeps what is in it."),
]
Begin = Annotated[
    str, typer.Option("--begin", help="beginning or now; else on from where it stood.")
]
Rotate = Annotated[bool, typer.Option("--rotate", help="A new password; the former one is none.")]
Stop = Annotated[bool, typer.Option("--stop", help="Nothing is written, nobody may read it.")]
_WHICH = "See which there are: bin/holdfast partners list"
_NAMED = {"/retention_days": "--retention-days", "/begin": "--begin"}
_KEPT = 7
_OPEN = (
    "This Kafka has no authorizer: whoever reaches it reads and writes every topic, people's names "
    "among it. So no user was made. Let nobody outside reach it."
)


def stream(
    partner: Partner,
    retention_days: Days = None,
    begin: Begin = "",
    rotate: Rotate = False,
    stop: Stop = False,
    as_json: AsJson = False,
) -> None:
    """A topic of its own, and a user who may read that alone; the password is shown once."""
    if stop and (rotate or begin or retention_days):
        raise Ends(USAGE, "What is stopped is asked for nothing else.", "--stop alone")
    if begin not in ("", "beginning", "now"):
        raise Ends(USAGE, "--begin is beginning or now.", "Leave it out to go on.")
    stack = here()
    path = f"/partners/v1/partners/{quote(partner, safe='')}"
    stack.call("GET", path, missing=_WHICH)
    told = _stopped(stack, partner, path) if stop else None
    told = told or _started(stack, partner, path, retention_days, begin, rotate=rotate)
    if as_json:
        say.data(told)
        return
    _tell(told)


def _started(
    stack: Here, partner: str, path: str, days: int | None, begin: str, *, rotate: bool
) -> dict[str, Any]:
    from cli.kafka_rights import MECHANISM, Rights  # librdkafka, which others do not need

    kafka, topic, user = Rights(stack.bootstrap), partner_topic(partner), _user(partner)
    known = _known(stack, path)
    guarded = kafka.guarded()
    if rotate and not guarded:
        raise Ends(REFUSED, _OPEN, "Give it one first: authorizer.class.name")
    kept = days or (known["retention_days"] if known else _KEPT)
    made = kafka.topic(topic, kept)
    if guarded:
        kafka.grant(user, topic)
    body = {"retention_days": kept} | ({"begin": begin} if begin else {})
    stands: dict[str, Any] = stack.call(
        "PUT", f"{path}/stream", named=_NAMED, missing=_WHICH, json=body
    )
    told = stands | {"topic_made": made, "authorizer": guarded, "user": None, "password": None}
    if not guarded:
        return told
    # Last: whatever fails before, the password is not lost.
    if rotate or not kafka.has_user(user):
        told["password"] = secrets.token_urlsafe(32)
        kafka.set_password(user, told["password"])
    return told | {"user": user, "mechanism": MECHANISM, "groups": f"{user}."}


def _stopped(stack: Here, partner: str, path: str) -> dict[str, Any]:
    from cli.kafka_rights import Rights

    never = f"It has none. Give it one: bin/holdfast partners stream {partner}"
    stands: dict[str, Any] = stack.call("DELETE", f"{path}/stream", missing=never)
    kafka = Rights(stack.bootstrap)
    guarded = kafka.guarded()
    if guarded:
        kafka.revoke(_user(partner))
        kafka.drop_user(_user(partner))
    return stands | {"authorizer": guarded, "user": None, "password": None}


def _known(stack: Here, path: str) -> dict[str, Any] | None:
    answer = stack.ask("GET", f"{path}/stream")
    if answer.status_code == 404:
        return None
    if not answer.is_success:
        raise refusal(answer, {}, "")
    found: dict[str, Any] = answer.json()
    return found


def _user(partner: str) -> str:
    return f"partner.{partner}"


def _tell(told: dict[str, Any]) -> None:
    topic, partner = told["topic"], told["partner_id"]
    if told["state"] == "stopped":
        say.line(f"Nothing is written to {topic} any more, and its user is gone.")
        say.line(f"What is in it stays for {told['retention_days']} days, and one more at most.")
        say.following(f"On again, from where it stood: bin/holdfast partners stream {partner}")
        return
    word = "made" if told["topic_made"] else "there"
    say.line(f"{topic}  {word}, {told['state']}, keeps {told['retention_days']} days")
    if not told["authorizer"]:
        say.line(_OPEN)
        say.following(f"See what is written: bin/holdfast partners stream {partner} --json")
        return
    say.line(f"user {told['user']}, {told['mechanism']}, groups {told['groups']}*")
    if told["password"]:
        say.line(f"password {told['password']}")
        say.following("It is shown this one time. Consumers to begin with: examples/consumers")
    else:
        say.following(f"A new password: bin/holdfast partners stream {partner} --rotate")
