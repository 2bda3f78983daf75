"""`partners roster|evaluations|certificates|erasures`: a course as its joint sponsor sees it."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import say
from cli.here import Here, here, refusal
from cli.say import USAGE, AsJson, Ends

Course = Annotated[str, typer.Argument(metavar="COURSE", help="The course's id.")]
Out = Annotated[Path | None, typer.Option("--out", help="A file; else it is printed.")]
_HINTS = {
    "type-not-given": "What it is given: bin/holdfast partners show PARTNER",
    "course-of-another": "Who sponsors it: bin/holdfast course show {course}; which courses are a "
    "partner's: bin/holdfast partners show PARTNER",
}
_WHICH = "See which there are: bin/holdfast course list"


def roster(course: Course, out: Out = None, as_json: AsJson = False) -> None:
    """Who registered whom its boards serve, a line a board, with what it was given to see."""
    _shown(f"/partners/v1/courses/{quote(course, safe='')}/roster", course, out, as_json)


def certificates(course: Course, out: Out = None, as_json: AsJson = False) -> None:
    """Certificates for its boards, and how each stands."""
    _shown(f"/partners/v1/courses/{quote(course, safe='')}/certificates", course, out, as_json)


def erasures(course: Course, out: Out = None, as_json: AsJson = False) -> None:
    """Who of the course was erased, and when."""
    _shown(f"/partners/v1/courses/{quote(course, safe='')}/erasures", course, out, as_json)


def evaluations(course: Course, out: Out = None, as_json: AsJson = False) -> None:
    """What the evaluations come to, in numbers; what few answered is only counted."""
    path = f"/certificates/v1/courses/{quote(course, safe='')}/evaluations"
    _shown(path, course, out, as_json, {"texts": "false"}, paged=False)


def _shown(
    path: str,
    course: str,
    out: Path | None,
    as_json: bool,
    params: dict[str, str] | None = None,
    *,
    paged: bool = True,
) -> None:
    if as_json and out is not None:
        raise Ends(USAGE, "--json prints, and --out writes the file.", "Say one of them.")
    stack, asked = here(), params or {}
    if as_json:
        say.data(_all(stack, path, course) if paged else _answer(stack, path, course, asked).json())
        return
    body = _answer(stack, path, course, asked | {"format": "csv"}).content
    if out is None:
        typer.echo(body, nl=False)
        return
    part = out.with_name(f"{out.name}.part")
    try:
        part.write_bytes(body)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    say.step(f"{out} is written.")


def _all(stack: Here, path: str, course: str) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        page = {"limit": "200"} | ({"after": after} if after else {})
        told = _answer(stack, path, course, page).json()
        items += told["items"]
        after = told["next"] or ""
        if not after:
            return {"items": items}


def _answer(stack: Here, path: str, course: str, params: dict[str, str]) -> Any:
    answer = stack.ask("GET", path, params=params)
    if answer.is_success:
        return answer
    ends = refusal(answer, {}, _WHICH)
    hints = [hint for slug, hint in _HINTS.items() if slug in answer.text]
    raise Ends(ends.code, ends.message, hints[0].format(course=course)) if hints else ends
