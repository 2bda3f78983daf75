"""Every end of a command says what to do next, and a command that is named can be typed as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from cli.main import app

CLI = Path(__file__).parents[2] / "cli"
FILES = sorted(CLI.rglob("*.py"))
# What a service or the supervisor said is passed on: it says itself what to do.
PASSES_ON = {"here.py": 2, "stack.py": 1}


def commands() -> set[str]:
    """`certificates roster`: each command of a family, as it is typed after `bin/holdfast`."""
    root = typer.main.get_command(app)
    families = {name: one for name, one in root.commands.items() if hasattr(one, "commands")}
    return {f"{name} {each}" for name, one in families.items() for each in one.commands}


def said(tree: ast.AST) -> Iterator[str]:
    """Every text of a module but its docstrings."""
    explained = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and id(node) not in explained:
            yield text


def bare(text: str, known: set[str]) -> list[str]:
    """Commands that are named in a text without what they begin with."""
    pattern = "|".join(sorted(map(re.escape, known)))
    return re.findall(rf"(?<!bin/holdfast )(?<![\w/-])(?:{pattern})(?![\w-])", text)


def short_ends(tree: ast.AST) -> list[int]:
    """The lines of ends that have a code and a message only."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Ends"
        and len(node.args) + len(node.keywords) < 3
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(CLI)))
def test_every_end_says_what_to_do_next(file):
    found = short_ends(ast.parse(file.read_text()))
    assert len(found) <= PASSES_ON.get(file.name, 0), f"{file.name}: {found}"


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if file.name != "examples.py"],  # they are shown behind it
    ids=lambda file: str(file.relative_to(CLI)),
)
def test_a_command_that_is_named_begins_with_bin_holdfast(file):
    known = commands()
    wrong = [one for text in said(ast.parse(file.read_text())) for one in bare(text, known)]
    assert wrong == []


def test_both_would_be_seen():
    assert {"certificates roster", "course list", "dead-letters list"} <= commands()
    module = ast.parse('"""About `course list`."""\nraise Ends(2, "No. See: course list")')
    assert short_ends(module) == [2]
    assert [bare(one, commands()) for one in said(module)] == [["course list"]]
    assert bare("See: bin/holdfast course list", commands()) == []
