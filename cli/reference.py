"""`python -m cli.reference` writes docs/command-line.md: what `--help` says of each command."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from cli.commands import GROUPS
from cli.lazy import WIDTH
from cli.main import app

PAGE = Path(__file__).parents[1] / "docs" / "command-line.md"
MARK = "<!-- what --help says -->\n"


def reference() -> str:
    """What stands below the mark."""
    root: Any = typer.main.get_command(app)
    parts = []
    for title, entries in GROUPS.items():
        parts.append(f"## {title}\n")
        for one in entries:
            for path, command in _leaves(root.commands[one.name], (one.name,)):
                parts.append(f"### {' '.join(path)}\n\n```\n{_help(command, path)}\n```\n")
    return "\n".join(parts)


def _leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    below = getattr(command, "commands", {})
    if not below or getattr(command, "invoke_without_command", False):
        yield path, command
    for name, each in below.items():
        yield from _leaves(each, (*path, name))


def _help(command: Any, path: tuple[str, ...]) -> str:
    """As on a terminal of 80 columns."""
    known = {"resilient_parsing": True, "terminal_width": WIDTH, "max_content_width": WIDTH}
    with command.make_context(f"bin/holdfast {' '.join(path)}", [], **known) as ctx:
        lines = command.get_help(ctx).splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()


if __name__ == "__main__":
    above = PAGE.read_text().partition(MARK)[0]
    PAGE.write_text(f"{above}{MARK}\n{reference()}")
