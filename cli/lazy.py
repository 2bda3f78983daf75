"""A command is imported when it is typed: `--help` and mistakes are answered at once, and nobody
waits for the libraries of commands that they did not ask for."""

import re
from collections.abc import Iterator, MutableMapping
from functools import partial
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from cli.commands import ENTRIES, GROUPS, Entry

PLAIN: dict[str, Any] = {
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": None,
}


WIDTH = 80
# A word with the space before it, an option with its value.
_WORDS = re.compile(r" +(?:--?[\w-]+ +)?(?:'[^']*'|\S+)(?: +(?=$))?| +")


class Loaded(MutableMapping[str, Any]):
    """Commands by name, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _made(ENTRIES[name])
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in ENTRIES or name in self._made

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(ENTRIES)

    def __len__(self) -> int:
        return len(ENTRIES)


class Root(TyperGroup):
    """All that can be typed first."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = Loaded()

    def list_commands(self, ctx: Any) -> list[str]:
        """As they are grouped, and not by the alphabet."""
        return list(ENTRIES)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """What each is, without importing it; aligned over all groups."""
        wide = max(map(len, ENTRIES))
        for title, entries in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(one.name.ljust(wide), one.help) for one in entries])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Where to begin."""
        from cli.examples import FIRST

        _written(FIRST, ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """The same for the shell."""
        from typer.core import CompletionItem  # type: ignore[attr-defined]

        if incomplete.startswith("-"):
            return list(super().shell_complete(ctx, incomplete))
        fit = [one for one in ENTRIES.values() if one.name.startswith(incomplete)]
        return [CompletionItem(one.name, help=one.help) for one in fit]


def _made(entry: Entry) -> Any:
    module, _, name = entry.made.partition(":")
    found = getattr(import_module(f"cli.{module}"), name)
    around = typer.Typer(callback=_nothing, **PLAIN)
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=entry.name)
    else:
        around.command(entry.name)(found)
    command = typer.main.get_command(around).commands[entry.name]  # type: ignore[attr-defined]
    _with_examples(command, (entry.name,))
    return command


def _nothing() -> None:
    """Makes a group of whatever is in it, be it one command alone."""


def _with_examples(command: Any, path: tuple[str, ...]) -> None:
    from cli.examples import EXAMPLES

    for name, below in getattr(command, "commands", {}).items():
        _with_examples(below, (*path, name))
    if known := EXAMPLES.get(" ".join(path)):
        command.format_epilog = partial(_written, known)


def _written(examples: tuple[str, ...], _ctx: Any, formatter: Any) -> None:
    """As they can be copied: what is longer than a line goes on below, for the shell too."""
    with formatter.section("Examples"):
        for one in examples:
            indent = f"{'':{formatter.current_indent}}"
            lines = [f"{indent}bin/holdfast"]
            for word in _WORDS.findall(f" {one}"):
                if len(lines[-1]) + len(word) > WIDTH - 2:
                    lines[-1] += " \\"
                    lines.append(f"{indent}   ")
                lines[-1] += word
            formatter.write("\n".join(lines) + "\n")
