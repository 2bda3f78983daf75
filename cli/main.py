"""`bin/holdfast`: what an operator or developer types. One module a family of commands; which there
are is in `commands.py`, and each is imported when it is typed."""

import os
import sys

import typer

from cli.completion import VARIABLE
from cli.lazy import PLAIN, Root
from stack.trouble import AWAY, Trouble


def root() -> None:
    """Holdfast: operations of courses that carry continuing-education credit."""


app = typer.Typer(name="holdfast", cls=Root, callback=root, no_args_is_help=True, **PLAIN)


def main() -> None:
    """Run a command; every end has an exit code and says what to do next."""
    if VARIABLE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]

        completion_init()
    try:
        # As it is typed, also where usage is explained.
        app(prog_name="bin/holdfast", complete_var=VARIABLE)
    except Trouble as why:
        _last_words(why.message, why.remedy)
        sys.exit(why.code)
    except OSError as why:
        _last_words(*_in_words(why))
        sys.exit(AWAY)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as why:
        from cli.say import Ends

        if not isinstance(why, Ends):
            raise
        _last_words(why.message, why.remedy)
        sys.exit(why.code)


def _in_words(why: OSError) -> tuple[str, str]:
    """What the system refused, and where."""
    from stack.profile import home

    where, what = str(why.filename or ""), why.strerror or str(why)
    if not where.startswith(str(home())):
        return f"{what}: {where}" if where else what, ""
    return f"{where} cannot be used: {what}.", "HOLDFAST_HOME says where the data goes."


def _last_words(message: str, remedy: str) -> None:
    from rich.markup import escape

    from cli import say

    say.step(message)
    if remedy:
        say.err.print(escape(say.folded(say.err, f"  {remedy}")), style="bold")
