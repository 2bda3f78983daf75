"""What the command line says of itself: every command with examples that it can read, in 80 columns,
and at once."""

import re
import shlex
import subprocess
import sys
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli.commands import ENTRIES, GROUPS
from cli.completion import VARIABLE, Shell
from cli.examples import EXAMPLES, FIRST
from cli.main import app
from cli.reference import MARK, PAGE, reference
from tests.conftest import ROOT

ROOT_COMMAND: Any = typer.main.get_command(app)


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command that words name, and what is left of them."""
    command, left = ROOT_COMMAND, list(words)
    while left and left[0] in getattr(command, "commands", {}):
        command = command.commands[left.pop(0)]
    return command, left


def leaves(command: Any, path: tuple[str, ...] = ()) -> list[str]:
    below = getattr(command, "commands", {})
    own = [" ".join(path)] if not below or getattr(command, "invoke_without_command", False) else []
    return own + [leaf for name, each in below.items() for leaf in leaves(each, (*path, name))]


def test_every_command_has_examples_and_each_example_is_of_a_command() -> None:
    assert sorted(EXAMPLES) == sorted(leaves(ROOT_COMMAND))
    strangers = [one for name, each in EXAMPLES.items() for one in each if not one.startswith(name)]
    assert strangers == []


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_is_read_by_its_command(
    name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that an example names are looked at in this repository, or in an empty directory."""
    for one in EXAMPLES[name]:
        words = shlex.split(one.split(" >> ")[0])
        named = [word for word in words if word.startswith("examples/")]
        assert [word for word in named if not (ROOT / word).exists()] == []
        for word in words:
            if re.fullmatch(r"\w+\.(csv|json|html|eml|pdf|jwt)", word):
                (tmp_path / word).write_text("")
        monkeypatch.chdir(ROOT if named else tmp_path)
        command, left = command_of(words)
        command.make_context(name, left).close()


def test_where_to_begin_names_commands_that_are_there() -> None:
    for one in FIRST:
        word = one.split()[0]
        assert word in ENTRIES or word == "COMMAND"


def test_what_the_table_names_is_there() -> None:
    assert len(ENTRIES) == sum(len(group) for group in GROUPS.values()), "each name once"
    for name in ENTRIES:
        assert ROOT_COMMAND.commands[name].name == name


def test_nothing_is_wider_than_80_columns() -> None:
    page = PAGE.read_text().partition(MARK)[2]
    first = CliRunner().invoke(app, ["--help"], terminal_width=80).output
    wide = [line for line in [*page.splitlines(), *first.splitlines()] if len(line) > 80]
    assert wide == []


def test_the_page_says_what_help_says() -> None:
    assert PAGE.read_text().partition(MARK)[2].lstrip("\n") == reference(), (
        "python -m cli.reference"
    )


def test_help_imports_none_of_the_commands() -> None:
    """Else it takes most of a second."""
    look = "import sys; sys.argv = ['x', '--help']\nfrom cli.main import main\ntry: main()\nexcept"
    look += " SystemExit: pass\nprint([m for m in ('httpx', 'aiokafka', 'faststream', 'sqlalchemy',"
    look += " 'pydantic', 'rich.table') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "[]"


# --- completion -----------------------------------------------------------------------------------


def completed(typed: str) -> list[str]:
    """As bash asks: the words, and that the last of them is looked at."""
    words = typed.split(" ")
    done = subprocess.run(
        [ROOT / "bin" / "holdfast"],
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": "/usr/bin:/bin",
            VARIABLE: "complete_bash",
            "COMP_WORDS": "\n".join(words),
            "COMP_CWORD": str(len(words) - 1),
        },
    )
    return done.stdout.split()


def test_the_shell_is_told_commands_and_options() -> None:
    assert completed("bin/holdfast re") == [
        "registrations",
        "rehearse",
        "reconcile",
        "replay",
        "rebuild",
        "restored",
    ]
    assert completed("bin/holdfast course ca") == ["cancel"]
    assert "--prefer-credit" in completed("bin/holdfast course cancel --pre")


def test_bash_completes_with_the_script_that_is_printed() -> None:
    script = CliRunner().invoke(app, ["completion", "bash"]).output
    ask = (
        f"{script}\nCOMP_WORDS=(bin/holdfast course p); COMP_CWORD=2\n"
        '_holdfast_completion bin/holdfast; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == ["publish"]


@pytest.mark.parametrize("shell", list(Shell))
def test_each_shell_has_a_script_of_its_own(shell: Shell) -> None:
    told = CliRunner().invoke(app, ["completion", shell])
    assert (told.exit_code, f"{VARIABLE}=complete_{shell}" in told.output) == (0, True)
