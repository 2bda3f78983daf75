"""`activity-file`: all that an auditor asks for about a course, as one ZIP (domain.md §9a).

Three services keep a part of it each: registration what was said of the course, attendance who was
seen when, certificates what was decided, issued and reported. They are written into one file as
they come, with one manifest and a page that tells the auditor where to look.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer
from rich.progress import DownloadColumn, Progress, SpinnerColumn, TextColumn

from cli import say
from cli.activity_readme import README
from cli.here import Here, here, refusal
from cli.say import AWAY, REFUSED, Ends

_CHUNK = 1 << 20
_WHICH = "See which there are: bin/holdfast course list"
Tick = Callable[[int], None]


def activity_file(
    course: Annotated[str, typer.Argument(metavar="COURSE", help="The course's id.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.zip", help="Where it is written.")],
) -> None:
    """Gather the activity file of a course into one ZIP, with a manifest for the auditor."""
    stack, part = here(), out.with_name(f"{out.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as made:
            count = _gather(stack, course, Gathered(made))
        part.replace(out)
    except httpx.TransportError as why:
        raise Ends(
            AWAY,
            f"The front door {stack.door} broke off ({type(why).__name__}); nothing was written.",
            "See what runs with: bin/holdfast status",
        ) from why
    finally:
        part.unlink(missing_ok=True)
    say.step(f"{out} is written: {count} files, {out.stat().st_size / 1e6:.1f} MB.")
    say.following("It has names in it. README.txt in it says where to look.")


class Gathered:
    """The file that is being made, and its manifest."""

    def __init__(self, made: zipfile.ZipFile) -> None:
        self._made = made
        self.entries: list[dict[str, Any]] = []

    def add(self, name: str, chunks: Iterable[bytes], tick: Tick = lambda _: None) -> str:
        """One entry as it comes; gives its hash."""
        digest, size = hashlib.sha256(), 0
        with self._made.open(_entry(name), "w", force_zip64=True) as entry:
            for chunk in chunks:
                entry.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                tick(len(chunk))
        self.entries.append({"name": name, "sha256": digest.hexdigest(), "size": size})
        return digest.hexdigest()


def _entry(name: str) -> zipfile.ZipInfo:
    """Without a time of its own: the same content is the same file."""
    made = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    made.compress_type = zipfile.ZIP_DEFLATED
    made.external_attr = 0o644 << 16
    return made


def _gather(stack: Here, course: str, file: Gathered) -> int:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), DownloadColumn())
    with Progress(*columns, console=say.err, transient=True) as bar:

        def step(what: str) -> Tick:
            task = bar.add_task(what, total=None)
            return lambda size: bar.advance(task, size)

        file.add("README.txt", [README.format(course=course).encode()])
        _of_registration(stack, course, file, step("What was said of the course"))
        evidence = f"/attendance/v1/courses/{quote(course, safe='')}/evidence"
        tick = step("Who was seen when")
        file.add("attendance/evidence.ndjson", _streamed(stack, evidence), tick)
        _of_certificates(stack, course, file, step("What was decided and issued"))
    file.add("manifest.json", [_json({"course_id": course, "entries": [*file.entries]})])
    return len(file.entries)


def _of_registration(stack: Here, course: str, file: Gathered, tick: Tick) -> None:
    base = f"/registration/v1/courses/{quote(course, safe='')}"
    page = stack.call("GET", base, missing=_WHICH)
    page.pop("seats", None), page.pop("seats_left", None), page.pop("registration", None)
    file.add("registration/course.json", [_json(page)], tick)
    shown = stack.call("GET", f"{base}/disclosures", missing=_WHICH)
    file.add("registration/disclosures.json", [_json(shown)], tick)
    after = "0"
    while after:
        found = stack.call("GET", f"{base}/versions", params={"after": after})
        for one in found["items"]:
            name = f"registration/versions/{one['version']:04}.json"
            file.add(name, [_json(one)], tick)
        after = found["next"] or ""


def _of_certificates(stack: Here, course: str, file: Gathered, tick: Tick) -> None:
    """Certificates' own ZIP, taken apart: each of its files by the hash that its manifest names."""
    path = f"/certificates/v1/courses/{quote(course, safe='')}/activity"
    with tempfile.TemporaryFile() as kept:
        for chunk in _streamed(stack, path):
            kept.write(chunk)
            tick(len(chunk))
        try:
            with zipfile.ZipFile(kept) as part:
                told = json.loads(part.read("manifest.json"))
                named = {one["name"]: one["sha256"] for one in told["entries"]}
                for info in part.infolist():
                    with part.open(info) as content:
                        chunks = iter(lambda: content.read(_CHUNK), b"")
                        found = file.add(f"certificates/{info.filename}", chunks)
                    if info.filename in named and found != named.pop(info.filename):
                        raise zipfile.BadZipFile(info.filename)
                if named:
                    raise zipfile.BadZipFile("not all is there")
        except (zipfile.BadZipFile, KeyError, ValueError) as why:
            raise Ends(
                REFUSED,
                "What certificates sent is not whole; nothing was written.",
                "Ask again; if it stays so, look at the log of certificates.",
            ) from why


def _streamed(stack: Here, path: str) -> Iterator[bytes]:
    """As it comes: evidence may be longer than memory."""
    with stack.client() as client, client.stream("GET", path) as answer:
        if not answer.is_success:
            answer.read()
            raise refusal(answer, {}, _WHICH)
        yield from answer.iter_bytes(_CHUNK)


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
