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
    theirs = next((one for one in told["theirs"] if one["language"] == language), None)
    source = told["ours"]["source"] if ours or theirs is None else theirs["source"]
    if out is not None:
        out.write_text(source)
        say.line(f"written: {out}")
        say.following(f"Changed it? {_ME} preview {name} --file {out}")
        return
    for line in (theirs["differences"] if theirs and not ours else source).splitlines():
        say.line(line)
    say.line()
    for one in told["history"]:
        where = one["language"] or "all"
        say.line(f"{one['at']}  {where} {one['version']}  {one['act']} by {one['by']}: "
                 f"{one['reason']}")  # fmt: skip
    if theirs and theirs["ours_changed"]:
        say.line("Ours has changed since yours was made from it: see whether yours lacks that.")
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
        raise _refused(answer)
    if out is not None:
        out.write_bytes(answer.content)
        say.line(f"written: {out}")
    else:
        typer.echo(answer.text)
    if "Template-Fault" in answer.headers:
        say.step(f"This is by ours, for yours fails: {answer.headers['Template-Fault']}")


@app.command("set")
def set_(
    name: NAME, file: FILE, reason: REASON, language: LANGUAGE = "", as_json: AsJson = False
) -> None:
    """Mails are by your template from now on; it is tried with every sample first."""
    version = _told(name)["versions"].get(language, 0)
    body = {"source": _read(file), "version": version, "reason": reason}
    answer = here().ask("PUT", _path(name), params={"language": language}, json=body)
    if not answer.is_success:
        raise _refused(answer)
    told = answer.json()
    if as_json:
        say.data(told)
        return
    say.line(f"{name} is yours: {told['language'] or 'all languages'}, version {told['version']}")
    say.following(f"Look at it: {_ME} preview {name}")


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
        raise _refused(answer)
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


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except UnicodeDecodeError:
        raise Ends(USAGE, f"{file} is no text in UTF-8.", "Save it as UTF-8.") from None


def _refused(answer: httpx.Response) -> Ends:
    """Every fault of a template on a line of its own."""
    why = refusal(answer, {"/query/language": "--language"}, _WHICH)
    if answer.headers.get("content-type", "").startswith("application/problem"):
        body = answer.json()
        if body.get("type") == "/problems/template-invalid":
            lines = [body["detail"], *(one["detail"] for one in body["errors"])]
            return Ends(why.code, "\n  ".join(lines), "Mend it, and try again: nothing changed.")
    return why
