"""What a command of the documents calls, held to what is there, without running it."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer
import yaml

from cli.built import service_of
from cli.main import app
from shared.contracts.services import SERVICES
from tests.docs.blocks import ROOT
from tests.docs.shell import commands, unreadable

# Programs of others: of these a line is read as a shell reads it, and no more.
FOREIGN = frozenset({
    "cat", "cd", "date", "echo", "export", "git", "grep", "head", "kill", "mkdir", "tail", "tee",
    "pg_basebackup", "pg_dump", "pg_restore", "psql", "openssl", "base64", "jq",
    "apt-get", "helm", "kubectl", "pip", "promtool", "uv",
})  # fmt: skip
USAGE: Any = typer.BadParameter.__base__  # all that may be wrong with what is typed
_MODULES_OF_OTHERS = frozenset({"http.server", "pip", "pytest", "uvicorn", "venv"})
_COMPOSE = frozenset(
    {
        "build",
        "config",
        "down",
        "exec",
        "logs",
        "ps",
        "pull",
        "restart",
        "run",
        "start",
        "stop",
        "up",
    }
)


def faults(text: str, own: set[str]) -> list[str]:
    """What of a block of shell is not there; empty where all is. `own`: functions of its page."""
    if why := unreadable(text):
        return [f"no shell can read it: {why}"]
    return [wrong for words in commands(text) if (wrong := _fault(words, own))]


def _fault(words: list[str], own: set[str]) -> str:
    program, rest = words[0], words[1:]
    held = {
        "bin/holdfast": typed,
        "make": made,
        "python": module,
        ".venv/bin/python": module,
        "curl": called,
        "docker": composed,
    }
    if program in held:
        why = held[program](rest)
        return f"{' '.join(words)}: {why}" if why else ""
    if program in FOREIGN or program in own or (ROOT / program).is_file():
        return ""
    return f"{' '.join(words)}: what is {program}?"


def typed(words: list[str]) -> str:
    """A command of ours with its options and arguments; `R` stands for the number of a report."""
    try:
        _parsed(typer.main.get_command(app), ["1" if word == "R" else word for word in words])
    except USAGE as why:
        return str(why.format_message())
    return ""


def _parsed(command: Any, words: list[str]) -> None:
    below = getattr(command, "commands", {})
    if "--help" in words:
        words = words[: words.index("--help")]
        if not words:
            return
    if words and words[0] in below:
        _parsed(below[words[0]], words[1:])
    elif below and not getattr(command, "invoke_without_command", False):
        raise typer.BadParameter(f"{' '.join(words) or 'nothing'} is no command here")
    else:
        command.make_context("holdfast", list(words))


def made(words: list[str]) -> str:
    """`make`: a target of the Makefile, and variables that it reads."""
    text = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    read = set(re.findall(r"\$\((?:or |if |filter \w+,)?\$?\(?([A-Z_]+)\b", text))
    for word in words:
        name, is_set, _ = word.partition("=")
        if name not in (read if is_set else targets):
            return f"{name} is nothing in the Makefile"
    return ""


def module(words: list[str]) -> str:
    """`python -m`: a module that is there, and options that its source names."""
    if words[:1] != ["-m"] or len(words) < 2:
        return "a module was expected"
    if words[1] in _MODULES_OF_OTHERS:
        return ""
    try:
        found = importlib.util.find_spec(words[1])
    except ModuleNotFoundError:
        found = None
    if found is None or not found.origin:
        return "there is no such module"
    origin = Path(found.origin)
    sources = origin.parent.glob("*.py") if origin.name == "__init__.py" else [origin]
    text = "".join(one.read_text() for one in sources)
    named = [word.partition("=")[0] for word in words[2:] if word.startswith("--")]
    missing = [one for one in named if f'"{one}"' not in text]
    return f"it has no {missing[0]}" if missing else ""


@cache
def _routes() -> list[tuple[str, re.Pattern[str]]]:
    """Method and path of every call that a service describes, as they are at the front door."""
    found = []
    for service in SERVICES:
        for path, methods in service_of(service).app.openapi()["paths"].items():
            pattern = re.compile(re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(path)))
            found += [(method.upper(), pattern) for method in methods]
    return found


def called(words: list[str]) -> str:
    """`curl`: a call that a service has, by method and path; what others answer is theirs."""
    method, address = "", ""
    left = iter(words)
    for word in left:
        if word in {"-X", "--request"}:
            method = next(left, "")
        elif word in {"-d", "--data", "--data-binary"}:
            method, _ = method or "POST", next(left, "")
        elif word in {"-H", "--header", "-o", "--output", "-u"}:
            next(left, "")
        elif not word.startswith("-"):
            address = word
    path = urlsplit(re.sub(r"^(\$\w+|https?://[^/]*)", "", address)).path
    asked = method or "GET"
    # Beside its description every service has these, and the example's receiver the last.
    if re.fullmatch(
        rf"/({'|'.join(SERVICES)})/(health/(live|answers|ready|quiet)|metrics)|/events", path
    ):
        return ""
    there = any(one == asked and pattern.fullmatch(path) for one, pattern in _routes())
    return "" if there else f"no service has {asked} {path}"


def composed(words: list[str]) -> str:
    """`docker compose`: a verb of it, and profiles and services that the file has."""
    if words[:1] != ["compose"]:
        return (
            "" if words[:1] in (["build"], ["image"], ["info"]) else "not a command that is known"
        )
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    known = {
        "--profile": {name for one in services.values() for name in one.get("profiles", [])},
        "--scale": set(services),
    }
    verbs = [number for number, word in enumerate(words) if word in _COMPOSE]
    if not verbs:
        return "what is it to do?"
    for before, word in pairwise(words):
        name = word.partition("=")[0]
        if name not in known.get(before, {name}):
            return f"{before} {name} is not in docker-compose.yml"
    of = [w for b, w in pairwise(words[verbs[0] :]) if b not in known]
    named = [word for word in of if not word.startswith("-")]
    if words[verbs[0]] in {"exec", "run"}:
        named = named[:1]
    missing = [word for word in named if word not in services]
    if "--scale" in words and not named:
        return "--scale without a service sets every other one back: name those that are meant"
    return f"{missing[0]} is not in docker-compose.yml" if missing else ""
