"""`python -m cli.settings_reference` writes docs/settings.md: every variable that anything reads.

From the classes that read them: each service's `settings`, `shared/runtime/settings.py`,
`stack/settings.py`; what Compose hands on, from docker-compose.yml itself.
"""

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types
import yaml
from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from shared.contracts.services import SERVICES
from shared.runtime.settings import ServiceSettings
from stack import settings as stacks

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "settings.md"
MARK = "<!-- what the settings classes say -->\n"
_HEAD = "| variable | meaning | what it may be | default | unit | secret | Compose |\n"
_KINDS = {str: "text", int: "whole number", float: "number", bool: "1 or 0", Path: "path"}
_LEAST_AND_MOST = {
    annotated_types.Ge: ("ge", "from {}"),
    annotated_types.Gt: ("gt", "above {}"),
    annotated_types.Le: ("le", "to {}"),
    annotated_types.MinLen: ("min_length", "at least {} characters"),
}


@dataclass(frozen=True)
class Part:
    """Variables that one part of Holdfast reads."""

    title: str
    said: str
    variables: Mapping[str, FieldInfo]
    compose: Iterable[str] = ()  # the containers that are told of them


def variables(settings: type[BaseSettings]) -> dict[str, FieldInfo]:
    """By the name of its variable: every setting of a class."""
    prefix = str(settings.model_config.get("env_prefix", ""))

    def named(name: str, field: FieldInfo) -> str:
        alias = field.validation_alias
        return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"{prefix}{name}"

    return {named(name, field).upper(): field for name, field in settings.model_fields.items()}


def of_service(name: str) -> dict[str, FieldInfo]:
    """What a process of that service reads."""
    found: type[ServiceSettings] = importlib.import_module(f"services.{name}.settings").Settings
    return variables(found)


def parts() -> list[Part]:
    """All that is read, in the order of the page."""
    each = {name: of_service(name) for name in SERVICES}
    shared = set.intersection(*(set(one) for one in each.values()))
    first = each[SERVICES[0]]
    made = [
        Part(
            "Every service",
            "The same for all seven.",
            {name: field for name, field in first.items() if name in shared},
            SERVICES,
        )
    ]
    for service, own in each.items():
        said = f"What {service} reads besides (`services.{service}.settings`)."
        kept = {name: field for name, field in own.items() if name not in shared}
        made.append(Part(service.capitalize(), said, kept, (service,)))
    for title, settings, containers in _OF_THE_STACK:
        said = " ".join((settings.__doc__ or "").split())
        made.append(Part(title, said, variables(settings), containers))
    return made


_OF_THE_STACK: list[tuple[str, type[BaseSettings], tuple[str, ...]]] = [
    ("Command line and make", stacks.ShellSettings, ()),
    ("Compose", stacks.ComposeSettings, ("*",)),
    ("Front door", stacks.FrontDoorSettings, ("front-door",)),
    ("Payment simulator", stacks.PaysimSettings, ("paysim",)),
    ("Mailbox", stacks.MailboxSettings, ()),
    ("Sandbox clock", stacks.ClockSettings, ("clock",)),
]


def kind(field: FieldInfo) -> str:
    """What a value may be, in words."""
    hint = field.annotation
    if get_origin(hint) in {Union, UnionType}:
        [hint] = [one for one in get_args(hint) if one is not NoneType]
    if get_origin(hint) is Literal:
        return " or ".join(f"`{one}`" if one else "empty" for one in get_args(hint))
    if get_origin(hint) is dict:
        return "JSON"
    said = [_KINDS[hint]] if hint in _KINDS else []
    if not said:
        raise TypeError(f"no word for {hint}")
    for one in field.metadata:
        attribute, words = _LEAST_AND_MOST.get(type(one), ("", ""))
        if attribute:
            said.append(words.format(f"{getattr(one, attribute):g}"))
    return " ".join(said)


def default(field: FieldInfo) -> str:
    """What holds where nobody says: `must be set` where nothing does."""
    if field.is_required():
        return "must be set"
    held = field.get_default(call_default_factory=True)
    if isinstance(held, bool):
        return f"`{int(held)}`"
    if held in ("", None) or held == {}:
        return "empty"
    return f"`{held:g}`" if isinstance(held, float) else f"`{held}`"


def unit(field: FieldInfo) -> str:
    """What a number counts."""
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def in_compose(name: str, containers: Iterable[str], told: Mapping[str, Any]) -> str:
    """How Compose hands a variable on: from .env with a default of its own, fixed, or not."""
    text = told["text"] if "*" in containers else " ".join(told["by"].get(name, {}).values())
    given = re.search(rf"\$\{{{name}:([-+])([^}}]*)\}}", text)
    if given:  # (+: what a file is called inside, where one is named)
        return ".env" + (f", else `{given[2]}`" if given[1] == "-" and given[2] else "")
    other = re.search(r"\$\{([A-Z0-9_]+):", text)
    if other:
        return f"from `{other[1]}`"
    return "fixed" if text else ""


def compose() -> dict[str, Any]:
    """docker-compose.yml as text, and by variable: container → what it is told."""
    text = (ROOT / "docker-compose.yml").read_text()
    by: dict[str, dict[str, str]] = {}
    for container, one in yaml.safe_load(text)["services"].items():
        for name, value in one.get("environment", {}).items():
            by.setdefault(name, {})[container] = str(value)
    return {"text": text, "by": by}


def reference() -> str:
    """What stands below the mark."""
    told = compose()
    return "\n".join(line for one in parts() for line in _section(one, told)) + "\n"


def _section(part: Part, told: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {part.title}\n\n{part.said}\n\n{_HEAD}|---|---|---|---|---|---|---|"
    for name, field in part.variables.items():
        cells = [
            f"`{name}`",
            (field.description or "").replace("|", "\\|"),
            kind(field),
            default(field),
            unit(field),
            "" if field.repr else "secret",
            in_compose(name, part.compose, told),
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""


if __name__ == "__main__":
    above = PAGE.read_text().partition(MARK)[0]
    PAGE.write_text(f"{above}{MARK}\n{reference()}")
