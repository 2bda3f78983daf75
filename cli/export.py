"""`export`: what integrators build on, as files: JSON Schemas, AsyncAPI, OpenAPI.

From the code that is here; no stack has to run.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from cli import say
from cli.say import USAGE, Ends

app = typer.Typer(no_args_is_help=True, help="What integrators build on, as files.")
DOOR = "http://127.0.0.1:8080"
Out = Annotated[
    Path | None, typer.Option("--out", help="A file, or a folder for many; else it is printed.")
]
Service = Annotated[
    str, typer.Option("--service", metavar="NAME", help="Of one service alone; else of all.")
]


@app.callback()
def family() -> None:
    """What integrators build on, as files."""


@app.command()
def schemas(
    out: Out = None,
    kind: Annotated[
        str, typer.Option("--type", help="One event, such as invoice.paid.v1; else all.")
    ] = "",
    door: Annotated[
        str, typer.Option("--url", help="The front door that the addresses in them name.")
    ] = DOOR,
) -> None:
    """The JSON Schema of each event, with its example: a file `<type>.json` each, with --out."""
    from shared.contracts.published import published
    from shared.contracts.to_partners import ALL

    if kind and kind not in ALL:
        raise Ends(
            USAGE,
            f"No event is called {kind}.",
            "All are listed in README.md, and by: bin/holdfast export schemas",
        )
    made = {f"{one}.json": published(ALL[one], door) for one in ([kind] if kind else ALL)}
    _give(made, out, alone=bool(kind))


@app.command()
def asyncapi(out: Out = None, service: Service = "") -> None:
    """AsyncAPI 3 of the whole system, or of one service: what it says and hears."""
    from shared.contracts.asyncapi import asyncapi as document

    _known(service)
    name = f"{service}.asyncapi.json" if service else "asyncapi.json"
    _give({name: document(service or None)}, out, alone=True)


@app.command()
def openapi(out: Out = None, service: Service = "") -> None:
    """OpenAPI 3.1 of each service: a file `<service>.openapi.json` each, with --out."""
    from cli.built import service_of
    from shared.contracts.services import SERVICES

    _known(service)
    names = [service] if service else list(SERVICES)
    made = {f"{name}.openapi.json": service_of(name).app.openapi() for name in names}
    _give(made, out, alone=bool(service))


def _known(service: str) -> None:
    from shared.contracts.services import SERVICES

    if service and service not in SERVICES:
        raise Ends(USAGE, f"No service is called {service}.", f"Use one of {', '.join(SERVICES)}.")


def _give(made: Mapping[str, Mapping[str, Any]], out: Path | None, *, alone: bool) -> None:
    """Printed as one JSON document; with `out` a file where it is `alone`, or a file each."""
    if out is None:
        say.data(next(iter(made.values())) if alone else dict(made))
        return
    try:
        if alone and not out.is_dir():
            _write(out, next(iter(made.values())))
        else:
            out.mkdir(parents=True, exist_ok=True)
            for name, content in made.items():
                _write(out / name, content)
    except OSError as why:
        raise Ends(
            USAGE, f"{out} cannot be written: {why.strerror}.", "Name another place with --out."
        ) from why
    say.step(f"{escape(str(out))} is written.")


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
