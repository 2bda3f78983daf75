"""`templates list|show|preview|set|reset`: the words of mails, ours or the provider's own."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer

from cli import say
from cli.here import here, refusal
from cli.say import USAGE, AsJson, Ends

app = typer.Typer(no_args_is_help=True, help="The templates of mails: ours, and the provider's.")
NAME = Annotated[str, typer.Argument(metavar="TEMPLATE", help="Its name, such as join_1h.")]
LANGUAGE = Annotated[str, typer.Option("--language", help="en, de, ...; without it, all of them.")]
REASON = Annotated[str, typer.Option("--reason", help="Why, for the history.")]
FILE = Annotated[Path, typer.Argument(metavar="FILE", help="The template of your own.")]
OUT = Annotated[Path | None, typer.Option("--out", help="A file; else it is printed.")]
_ME = "bin/holdfast templates"
_WHICH = f"See which there are: {_ME} list"
_NAMED = {
    "/query/language": "--language",
    "/query/locale": "--locale",
    "/query/zone": "--zone",
    "/query/format": "--format",
    "/query/reason": "--reason",
    "/reason": "--reason",
    "/version": "--version",
}
_NEXT = {  # what to do about a refusal
    "template-changed": f"See what it says now: {_ME} show {{name}}; then set yours again.",
    "template-ours": f"All others can be yours: {_ME} list",
    "override-unknown": f"There is nothing to reset. See whose it is: {_ME} show {{name}}",
    "sample-unknown": f"See which samples there are: {_ME} show {{name}}",
    "zone-unknown": "Name one as the tz database does: --zone Europe/Vienna",
}


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """The templates there are, and whose they are."""
    told = here().call("GET", "/notifications/v1/templates")
    if as_json:
        say.data(told)
        return
    for one in told["items"]:
        theirs = ", ".join(
            f"{each['language'] or 'all'} (version {each['version']}, since {each['at']})"
            for each in one["theirs"]
        )
        say.line(f"{one['name']}  yours: {theirs}" if theirs else one["name"])
    say.following(f"One of them: {_ME} show TEMPLATE")


@app.command()
def show(
    name: NAME,
    language: LANGUAGE = "",
    out: OUT = None,
    ours: Annotated[bool, typer.Option("--ours", help="Ours, though there is your own.")] = False,
    as_json: AsJson = False,
) -> None:
    """The template as it stands, how yours differs from ours, and who changed it and why."""
    told = _told(name)
    if as_json:
        say.data(told)
        return
    # As letters in that language are written: by theirs for it, else by theirs for all.
    by = {one["language"]: one for one in told["theirs"]}
    theirs = by.get(language) or by.get("")
    source = told["ours"]["source"] if ours or theirs is None else theirs["source"]
    if out is not None:
        _write(out, source.encode())
        say.following(f"Changed it? {_ME} preview {name} --file {out}")
        return
    say.line(_whose(theirs, ours=ours))
    for other in by.values():
        if other is not theirs or ours:
            where = f" --language {other['language']}" if other["language"] else ""
            say.line(f"{_whose(other)}: {_ME} show {name}{where}")
    say.line()
    for line in (theirs["differences"] if theirs and not ours else source).splitlines():
        say.line(line)
    say.line()
    for one in told["history"]:
        where = one["language"] or "all"
        say.line(f"{one['at']}  {where} {one['version']}  {one['act']} by {one['by']}: "
                 f"{one['reason']}")  # fmt: skip
    if theirs and theirs["ours_changed"]:
        say.line("Ours has changed since yours was made from it: see whether yours lacks that; set")
        say.line("yours again, and this is said no more.")
    say.line(f"Samples: {', '.join(told['samples'])}")
    say.following(f"To change it: {_ME} show {name} --out FILE, then {_ME} set {name} FILE")


@app.command()
def preview(
    name: NAME,
    file: Annotated[
        Path | None, typer.Option("--file", help="One that is not accepted yet; else as it stands.")
    ] = None,
    sample: Annotated[str, typer.Option("--sample", help="Which sample: see show.")] = "",
    locale: Annotated[str, typer.Option("--locale", help="The reader's, such as de-AT.")] = "",
    zone: Annotated[str, typer.Option("--zone", help="The reader's, such as Europe/Vienna.")] = "",
    form: Annotated[str, typer.Option("--format", help="text, html, eml or json.")] = "text",
    language: LANGUAGE = "",
    out: OUT = None,
) -> None:
    """What a mail looks like, with sample facts."""
    asked = {"format": form, "sample": sample, "locale": locale, "zone": zone}
    params = {key: value for key, value in asked.items() if value}
    if file is None:
        answer = here().ask("GET", f"{_path(name)}/preview", params=params)
    else:
        body = {"source": _read(file)}
        params |= {"language": language} if language else {}
        answer = here().ask("POST", f"{_path(name)}/preview", params=params, json=body)
    if not answer.is_success:
        raise _refused(answer, name)
    if out is not None:
        _write(out, answer.content)
    else:
        typer.echo(say.plain(answer.text.replace("\r\n", "\n")))
    if "Template-Fault" in answer.headers:
        say.step(f"This is by ours, for yours fails: {answer.headers['Template-Fault']}")


@app.command("set")
def set_(
    name: NAME,
    file: FILE,
    reason: REASON,
    language: LANGUAGE = "",
    seen: Annotated[
        int | None,
        typer.Option("--version", help="The one that you began with; without it, what stands."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Mails are by your template from now on; it is tried with every sample first."""
    before = _told(name)
    version = before["versions"].get(language, 0) if seen is None else seen
    body = {"source": _read(file), "version": version, "reason": reason}
    answer = here().ask("PUT", _path(name), params={"language": language}, json=body)
    if not answer.is_success:
        raise _refused(answer, name)
    told = answer.json()
    if as_json:
        say.data(told)
        return
    say.line(f"{name} is yours: {told['language'] or 'all languages'}, version {told['version']}")
    for one in before["theirs"]:
        if one["language"] == language and told["version"] > version:
            say.line(f"It took the place of version {version}, set by {one['by']} at {one['at']}.")
    shown = f" --locale {language}" if language else ""
    say.following(f"Look at it: {_ME} preview {name}{shown}")


@app.command()
def reset(name: NAME, reason: REASON, language: LANGUAGE = "", as_json: AsJson = False) -> None:
    """Mails are by our template again; yours stays in the history."""
    params = {
        "language": language,
        "version": str(_told(name)["versions"].get(language, 0)),
        "reason": reason,
    }
    answer = here().ask("DELETE", _path(name), params=params)
    if not answer.is_success:
        raise _refused(answer, name)
    if as_json:
        say.data(answer.json())
        return
    say.line(f"{name} is by our template again: {language or 'all languages'}")
    say.following(f"Look at it: {_ME} preview {name}")


def _path(name: str) -> str:
    return f"/notifications/v1/templates/{quote(name, safe='')}"


def _told(name: str) -> dict[str, Any]:
    told: dict[str, Any] = here().call("GET", _path(name), missing=_WHICH)
    return told


def _whose(theirs: dict[str, Any] | None, *, ours: bool = False) -> str:
    if theirs is None or ours:
        return "Ours."
    where = f"for {theirs['language']}" if theirs["language"] else "for all languages"
    return f"Yours {where}, version {theirs['version']}"


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise Ends(USAGE, f"{file} is no text in UTF-8.", "Save it as UTF-8.") from None
    except OSError as why:
        said = f"{file} cannot be read: {why.strerror}."
        raise Ends(USAGE, said, f"Begin with ours: {_ME} show TEMPLATE --out FILE") from None


def _write(out: Path, what: bytes) -> None:
    try:
        out.write_bytes(what)
    except OSError as why:
        said = f"{out} cannot be written: {why.strerror}."
        raise Ends(USAGE, said, "Name a file in a folder that is there.") from None
    say.line(f"written: {out}")


def _refused(answer: httpx.Response, name: str) -> Ends:
    """Every fault of a template on a line of its own; and what to do about any other."""
    why = refusal(answer, _NAMED, _WHICH)
    if not answer.headers.get("content-type", "").startswith("application/problem"):
        return why
    body = answer.json()
    kind = str(body.get("type", "")).rpartition("/")[2]
    if kind == "template-invalid":
        lines = [body["detail"], *(one["detail"] for one in body["errors"])]
        return Ends(why.code, "\n  ".join(lines), "Mend it, and try again: nothing changed.")
    return Ends(why.code, why.message, _NEXT.get(kind, why.remedy).format(name=quote(name)))
