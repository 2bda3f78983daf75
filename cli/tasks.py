"""`tasks`: what needs a human, in every service, oldest first; `tasks close`: it was done."""

import re
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import say
from cli.here import Here, here, refusal
from cli.say import USAGE, AsJson, Ends
from shared.contracts.services import SERVICES

app = typer.Typer(help="What needs a human.", invoke_without_command=True)
Service = Annotated[str, typer.Option("--service", help="Only this service's.")]
Kind = Annotated[str, typer.Option("--kind", help="Only these, such as refund-failed.")]
State = Annotated[str, typer.Option("--state", help="open (where nothing is said), closed or all.")]
Task = Annotated[str, typer.Argument(metavar="TASK", help="The task's id.")]
Reason = Annotated[
    str, typer.Option("--reason", help="Why, in words with hyphens: reported-by-hand.")
]
_WHICH = "See which there are: bin/holdfast tasks"


@app.callback()
def tasks(
    asked: typer.Context,
    service: Service = "",
    kind: Kind = "",
    state: State = "open",
    as_json: AsJson = False,
) -> None:
    """What needs a human: what to do, about what, and by when."""
    if asked.invoked_subcommand is not None:
        return
    stack, params = here(), {"state": state} | ({"kind": kind} if kind else {})
    found = [one for name in _named(service) for one in _all(stack, name, params)]
    found.sort(key=lambda one: (one["opened_at"], one["task_id"]))
    if as_json:
        say.data({"items": found})
        return
    if not found:
        say.line("Nothing needs a human." if state == "open" else "There is none.")
        return
    for one in found:
        about = ", ".join(f"{name} {value}" for name, value in sorted(one["about"].items()))
        due = f", due {one['due_at']}" if one["due_at"] else ""
        ended = f", closed {one['closed_at']}" if one["closed_at"] else ""
        say.line(f"{one['service']}  {one['kind']}  since {one['opened_at']}{due}{ended}")
        if one["what"]:
            say.line(f"  {one['what']}")
        say.line(f"  {about}" if about else "  about no single thing")
        say.line(f"  task {one['task_id']}")
        say.line()
    say.following("Done, and it still stands here? bin/holdfast tasks close TASK --reason WHY")


@app.command()
def close(task: Task, reason: Reason, service: Service = "", as_json: AsJson = False) -> None:
    """Say that a task was done where no fact says so. It is opened anew if the facts still ask."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", reason):
        said = "The reason is a word or some, in small letters with hyphens, and names nobody."
        raise Ends(USAGE, said, "Such as: --reason done-by-phone")
    stack, path = here(), f"v1/tasks/{quote(task, safe='')}/close"
    for name in _named(service):
        answer = stack.ask("POST", f"/{name}/{path}", json={"reason": reason})
        if answer.status_code == 404:
            continue  # another service's
        if not answer.is_success:
            raise refusal(answer, {"/reason": "--reason"}, _WHICH)
        told = answer.json()
        if as_json:
            say.data(told)
        else:
            say.line(f"{told['kind']} of {told['service']} is closed: {reason}")
        return
    raise Ends(say.REFUSED, f"There is no task {task}.", _WHICH)


def _named(service: str) -> list[str]:
    if service and service not in SERVICES:
        raise Ends(USAGE, f"There is no service {service}.", f"One of {', '.join(SERVICES)}.")
    return [service] if service else list(SERVICES)


def _all(stack: Here, service: str, params: dict[str, str]) -> list[dict[str, Any]]:
    """Every page of one service's."""
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        asked = params | {"limit": "200"} | ({"after": after} if after else {})
        named = {"/query/state": "--state", "/query/kind": "--kind"}
        page = stack.call("GET", f"/{service}/v1/tasks", named=named, params=asked)
        items += page["items"]
        after = page["next"] or ""
        if not after:
            return items
