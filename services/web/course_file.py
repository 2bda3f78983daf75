"""A course as a file, YAML or JSON, as staff hand it in, and parts of one in the boxes of a form:
read with the line of each of its parts, so that a fault can be shown where it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode


class Unreadable(Exception):
    """It is no course file; `line` counts from 1, 0 where no line is to blame."""

    def __init__(self, why: str, line: int = 0) -> None:
        self.line = line
        super().__init__(why)


class _Plain(yaml.SafeLoader):
    """Without aliases: a few of them make a file of a hundred bytes as large as one likes. And days
    stay the text that they are, so that one there is not is told like every other fault."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - of the class, as its base has it
        first: [(tag, form) for tag, form in known if tag != "tag:yaml.org,2002:timestamp"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]
            line = event.start_mark.line + 1
            raise Unreadable("A course file has no aliases (`*name`).", line)
        return super().compose_node(parent, index)


@dataclass(frozen=True)
class CourseFile:
    """A course as JSON would have it, and JSON pointer → line of the file."""

    course: dict[str, Any]
    lines: dict[str, int]

    @property
    def course_id(self) -> str:
        return str(self.course["id"])

    def line_of(self, pointer: str) -> int:
        """The line of what a pointer names, or of the nearest part around it; 0 for the whole."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 0)


def read(text: str) -> CourseFile:
    """Read a file. Raises Unreadable."""
    course, node = _read(text)
    if node is None or not isinstance(course, dict) or not str(course.get("id") or "").strip():
        raise Unreadable("It is no course: it has no `id`.")
    return CourseFile(course, dict(_lines(node, "")))


def read_part(text: str) -> tuple[Any, dict[str, int]]:
    """What a box of a form holds, and its lines by pointer. Raises Unreadable."""
    said, node = _read(text)
    return said, dict(_lines(node, "")) if node is not None else {}


def written(said: Any) -> str:
    """Something as a course file has it; `read_part` gives it back."""
    return yaml.dump(said, Dumper=_Written, allow_unicode=True, sort_keys=False, width=100)


class _Written(yaml.SafeDumper):
    """Texts of several lines stand as they are read; nothing is written as an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _as_read(dumper: yaml.SafeDumper, text: str) -> ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Written.add_representer(str, _as_read)


def _read(text: str) -> tuple[Any, Node | None]:
    try:
        loader = _Plain(text)
        try:
            node = loader.get_single_node()
            told = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
        return json.loads(json.dumps(told, default=str, allow_nan=False)), node
    except yaml.MarkedYAMLError as why:
        line = why.problem_mark.line + 1 if why.problem_mark else 0
        raise Unreadable(f"It is neither YAML nor JSON: {why.problem}.", line) from why
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as why:
        raise Unreadable("It is neither YAML nor JSON.") from why


def _lines(node: Node, pointer: str) -> Iterator[tuple[str, int]]:
    yield pointer, node.start_mark.line + 1
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                named = str(key.value).replace("~", "~0").replace("/", "~1")
                yield from _lines(value, f"{pointer}/{named}")
                yield f"{pointer}/{named}", key.start_mark.line + 1
    elif isinstance(node, SequenceNode):
        for place, value in enumerate(node.value):
            yield from _lines(value, f"{pointer}/{place}")
