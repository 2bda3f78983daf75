"""`messages`: what went out, to whom and why not; sent again; what came back; what staff hear."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import refused, say
from cli.here import here
from cli.say import AsJson, Ends

app = typer.Typer(
    no_args_is_help=True, help="Mails and texts to learners, and the digest for staff."
)
Message = Annotated[str, typer.Argument(metavar="MESSAGE", help="The message's id.")]
_PATH = "/notifications/v1/messages"
_NAMED = {
    "/query/status": "--status",
    "/query/limit": "--limit",
    "/query/person": "--person",
    "/query/course": "--course",
    "/query/registration": "--registration",
    "/query/template": "--template",
    "/query/reason": "--reason",
    "/query/channel": "--channel",
}
_WHICH = "See which there are: bin/holdfast messages list"


@app.callback()
def family() -> None:
    """Mails to learners, and the digest for staff."""


@app.command("list")
def list_(
    person: Annotated[str, typer.Option("--person", help="Only this person's, by their id.")] = "",
    course: Annotated[str, typer.Option("--course", help="Only of this course.")] = "",
    registration: Annotated[
        str, typer.Option("--registration", help="Only of this registration.")
    ] = "",
    template: Annotated[str, typer.Option("--template", help="Only these, such as join_1h.")] = "",
    status: Annotated[
        str, typer.Option("--status", help="planned, sent, skipped, cancelled or failed.")
    ] = "",
    reason: Annotated[
        str, typer.Option("--reason", help="Only where this is why: bounced, unknown, suppressed.")
    ] = "",
    channel: Annotated[
        str, typer.Option("--channel", help="mail or sms: only mails, or only texts.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", help="How many, the latest due first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Messages by whom, what and how they stand. Whose address was shown is audited."""
    asked = {
        "person": person,
        "course": course,
        "registration": registration,
        "template": template,
        "status": status,
        "reason": reason,
        "channel": channel,
    }
    params = {name: value for name, value in asked.items() if value} | {"limit": str(limit)}
    found = here().call("GET", _PATH, named=_NAMED, params=params)
    if as_json:
        say.data(found)
        return
    for one in found["items"]:
        say.line(_head(one))
        for line in _about(one):
            say.line(f"  {line}")
    if not found["items"]:
        say.line("There is none.")
        return
    if found["next"]:
        say.line("There are more: narrow it, or --limit, at most 200.")
    say.following("The words of one: bin/holdfast messages show MESSAGE")


@app.command()
def show(message: Message, as_json: AsJson = False) -> None:
    """One message, with its words as they would be written once more. Audited."""
    one = here().call("GET", f"{_PATH}/{quote(message, safe='')}", missing=_WHICH)
    if as_json:
        say.data(one)
        return
    say.line(_head(one))
    for line in _about(one):
        say.line(f"  {line}")
    say.line()
    if one["letter"] is None:
        say.line(f"Its words cannot be shown: {one['why_not']}.")
        return
    say.line(one["note"])
    say.line()
    if one["channel"] == "mail":
        say.line(f"Subject: {one['letter']['subject']}")
        say.line()
    for text in one["letter"]["text"].splitlines():
        say.line(text)


@app.command()
def resend(
    message: Message,
    again: Annotated[
        bool, typer.Option("--again", help="Though it went out, perhaps by a colleague just now.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send one once more, when somebody has looked at it. Audited."""
    stack, path = here(), f"{_PATH}/{quote(message, safe='')}"
    known = stack.call("GET", path, missing=_WHICH)
    if known["status"] == "sent" and not again:
        said = f"It went out already, at {known['sent_at']}."
        raise Ends(say.REFUSED, said, "Send it a second time all the same? Add --again.")
    try:
        one = stack.call("POST", f"{path}/resend", missing=_WHICH)
    except Ends as why:
        seen = f"See how it stands: bin/holdfast messages show {message}"
        raise Ends(why.code, why.message, why.remedy or seen) from None
    if as_json:
        say.data(one)
        return
    say.line(f"{one['template']} goes out once more.")
    say.following(f"See what became of it: bin/holdfast messages show {message}")


@app.command()
def digest(as_json: AsJson = False) -> None:
    """What the digest for staff would say now, and when the next one goes out."""
    told = here().call("GET", "/notifications/v1/digest")
    if as_json:
        say.data(told)
        return
    say.line(told["subject"])
    say.line()
    for text in told["text"].splitlines():
        say.line(text)
    if told["next_at"]:
        say.following(f"The next one goes out {told['next_at']}.")
    else:
        say.following("Nobody gets it by mail: name them in NOTIFICATIONS_STAFF_ADDRESSES.")


app.command()(refused.refused)
app.command()(refused.lift)
app.command()(refused.returned)


def _head(one: dict[str, Any]) -> str:
    """`join_1h  sms  sent  sent 2020-10-19T19:00:01Z, delivered`."""
    came = f", {one['delivery']}" if one["delivery"] else ""
    return f"{one['template']}  {one['channel']}  {one['status']}  {_when(one)}{came}"


def _when(one: dict[str, Any]) -> str:
    return f"sent {one['sent_at']}" if one["sent_at"] else f"due {one['due_at']}"


def _about(one: dict[str, Any]) -> list[str]:
    """What is known of it, a line each."""
    ids = [
        f"{name} {one[f'{name}_id']}"
        for name in ("registration", "course", "person")
        if one[f"{name}_id"]
    ]
    return [
        f"message {one['message_id']}",
        *([", ".join(ids)] if ids else []),
        *([f"to {one['recipient']}"] if one["recipient"] else []),
        *([f"why: {one['reason']}"] if one["reason"] else []),
    ]
