"""The client library's models as modules: the text of them, with what each of them imports."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from shared.contracts.asyncapi import VERSION

PACKAGE = "holdfast_client.models"
_WIDTH = 100
_FROM = {
    "datetime": ("date",),
    "decimal": ("Decimal",),
    "typing": ("Any", "ClassVar"),
    "pydantic": ("AwareDatetime",),
    "holdfast_client.base": ("Data", "Inbound", "Part"),
}
_GROUPS = (("datetime", "decimal", "typing"), ("pydantic",), ("holdfast_client.base", ""))
_DOC = "Generated (`make contracts`): do not edit."
_NONE = """A field that is None was not said, or is none of those
that you may see. What these models do not know is kept: `model_extra`."""


def name_of(class_: str) -> str:
    """Of a class, by its text."""
    found = re.match(r"class (\w+)", class_)
    assert found is not None
    return found[1]


def module_text(module: str, classes: Sequence[str], elsewhere: Collection[str]) -> str:
    """A module of these classes; of what stands `elsewhere` it imports what they use."""
    used = {word for each in classes for word in _words(each)}
    from_ = {place: [n for n in names if n in used] for place, names in _FROM.items()}
    from_[""] = sorted(used & set(elsewhere))
    groups = [
        "\n".join(_import(place or f"{PACKAGE}.parts", from_[place]) for place in g if from_[place])
        for g in _GROUPS
    ]
    head = f'"""What `{module}` holds; how to read it says the package.\n\n{_DOC}\n"""'
    imports = ["from __future__ import annotations", *filter(None, groups)]
    return "\n\n".join([head, *imports]) + "\n\n\n" + "\n\n".join(classes)


def package_text(names: Mapping[str, Sequence[str]], models: Sequence[str]) -> str:
    """The package itself: all of their classes, and those of events by type."""
    imports = [_import(f"{PACKAGE}.{module}", sorted(names[module])) for module in sorted(names)]
    known = "".join(f"        {name},\n" for name in models)
    everything = sorted(name for each in names.values() for name in each)
    shown = "".join(f'    "{name}",\n' for name in ["MODELS", *everything])
    return (
        f'"""What events hold, and lines sent in, by contracts {VERSION}, a module a topic.\n\n'
        f'{_DOC} {_NONE}\n"""\n\n'
        "from __future__ import annotations\n\n"
        + "\n".join(["from holdfast_client.base import Data", *imports])
        + f"\n\n__all__ = [\n{shown}]\n\n"
        "MODELS: dict[str, type[Data]] = {\n    model.TYPE: model\n    for model in (\n"
        f'{known}    )\n}}\n"""By type: every event that these contracts know."""\n'
    )


def _words(class_: str) -> set[str]:
    """Of its head and its fields, not of what is told of it."""
    code = re.findall(r"^class \w+\((\w+)\)|^    \w+: (.+)$", class_, re.MULTILINE)
    return {word for base, kind in code for word in (base, *re.findall(r"\w+", kind))}


def _import(place: str, names: Sequence[str]) -> str:
    flat = f"from {place} import {', '.join(names)}"
    if len(flat) <= _WIDTH:
        return flat
    return f"from {place} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
