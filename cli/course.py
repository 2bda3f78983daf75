"""`course publish|list|show|cancel`: courses as files, and as they stand."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
import yaml

from cli import cancel, say
from cli.here import FRESH_SANDBOX, Here, here
from cli.say import USAGE, AsJson, Ends
from shared.dates import parse_instant

_SAMPLE = "See examples/ for one."
_WHICH = "See which there are: bin/holdfast course list"
_CODES = {
    "new": "would be good from then on",
    "code": "would be another one",
    "uses": "would be good for another number of uses",
    "ended": "would end",
}

app = typer.Typer(no_args_is_help=True, help="Courses.")
app.command("cancel")(cancel.cancel)


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A course as YAML or JSON.")],
    as_json: AsJson = False,
    check: Annotated[
        bool, typer.Option("--check", help="Say what it would come to, and publish nothing.")
    ] = False,
) -> None:
    """Publish a course from a file, or change the one that is there."""
    course = read(file)
    identity = str(course["id"])
    stack = here()
    path = f"/registration/v1/courses/{quote(identity, safe='')}"
    method, path = ("POST", f"{path}/check") if check else ("PUT", path)
    done = stack.call(method, path, json=course)
    if as_json:
        say.data(done)
        return
    say.line(_outcome(done, check=check))
    for one in done.get("codes_changed", []):
        say.line(f"  The code of the price {one['label']} {_CODES.get(one['what'], 'changes')}")
    for one in done.get("sessions", []):
        say.line(f"  {one['session_id']}  {one['starts_at']} to {one['ends_at']}")
    for warning in done.get("warnings", []):
        say.line(f"Note: {warning if isinstance(warning, str) else warning.get('detail')}")
    if not stack.sandbox and _past(done):
        say.line(f"Give it days to come, or live through it on a test clock: {FRESH_SANDBOX}")
    if check:
        say.following(f"Nothing was published. To do it: bin/holdfast course publish {file}")
    else:
        say.following(f"See it at {stack.door}/courses/{identity}")


def _outcome(done: dict[str, Any], *, check: bool) -> str:
    course_id, version = done["course_id"], done["version"]
    if not check:
        return f"{course_id} is published, version {version}"
    if not done["changed"]:
        return f"{course_id} is published just so, version {version}"
    if version == done.get("in_force"):
        return f"{course_id} is published just so, version {version}, but for codes"
    return f"{course_id} would be published, version {version}"


def _past(done: dict[str, Any]) -> bool:
    """Whether a course began before it was published, by the wall clock."""
    starts = (parse_instant(one["starts_at"]) for one in done.get("sessions", []))
    return min(starts, default=datetime.max.replace(tzinfo=UTC)) <= datetime.now(UTC)


@app.command("list")
def list_courses(as_json: AsJson = False) -> None:
    """All courses."""
    found: list[dict[str, Any]] = []
    stack, after = here(), ""
    while True:
        params = {"limit": 100} | ({"after": after} if after else {})
        page = stack.call("GET", "/registration/v1/courses", params=params)
        found += page["items"]
        after = page.get("next") or ""
        if not after:
            break
    if as_json:
        say.data({"items": found})
        return
    rows = [[str(one.get("course_id")), str(one.get("title", ""))] for one in found]
    say.table(["course", "title"], rows)
    if not found:
        say.following("No course yet. Publish one with: bin/holdfast course publish FILE")


@app.command()
def show(
    course: Annotated[str, typer.Argument(metavar="COURSE")],
    as_json: AsJson = False,  # taken as everywhere, though there is no other form
    as_file: Annotated[
        bool, typer.Option("--as-file", help="As a file that publishes the same; without codes.")
    ] = False,
) -> None:
    """One course, as JSON."""
    stack = here()
    if not as_file:
        say.data(course_of(stack, course))
        return
    path = f"/registration/v1/courses/{quote(course, safe='')}/file"
    say.data(stack.call("GET", path, missing=_WHICH)["file"])


def course_of(stack: Here, course: str) -> dict[str, Any]:
    """A course that is published. Raises `Ends` where there is none of that id."""
    path = f"/registration/v1/courses/{quote(course, safe='')}"
    return dict(stack.call("GET", path, missing=_WHICH))


def read(file: Path) -> dict[str, Any]:
    """A course file as JSON would have it. Raises `Ends` (2) where it cannot be read."""
    try:
        text = file.read_text()
        course = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except OSError as why:
        raise Ends(USAGE, f"{file} cannot be read: {why.strerror}.", _SAMPLE) from why
    except (ValueError, yaml.YAMLError) as why:
        what = str(why).splitlines()[0]
        raise Ends(USAGE, f"{file} is neither YAML nor JSON: {what}", _SAMPLE) from why
    if not isinstance(course, dict) or "id" not in course:
        raise Ends(USAGE, f"{file} is not a course: it has no id.", _SAMPLE)
    try:
        # YAML reads 2020-10-19 as a date; JSON has only its text.
        return dict(json.loads(json.dumps(course, default=str, allow_nan=False)))
    except (TypeError, ValueError, RecursionError) as why:
        raise Ends(USAGE, f"{file} holds what JSON cannot: {why}.", _SAMPLE) from why
