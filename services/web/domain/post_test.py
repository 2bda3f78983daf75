"""The post-test: a field an item, read back into places of choices; certificates marks it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Stands = Literal["open", "passed", "used", "coming", ""]


@dataclass(frozen=True, slots=True)
class Item:
    """One question; a choice is known by its place, from 0."""

    item_id: str
    text: str
    choices: tuple[str, ...]

    @property
    def field(self) -> str:
        """The name of its field."""
        return f"a-{self.item_id}"


def stands(said: Any, *, going: bool = True) -> Stands:
    """From what certificates says of a registration: `used` where no attempt is left, `coming` as
    long as it is too early, empty where no test is asked for, or not any more.

    `going`: the registration lives; asked where certificates does not say whether it is open.
    """
    if not isinstance(said, Mapping):
        return ""
    if said.get("passed"):
        return "passed"
    if not said.get("needed"):
        return ""
    if said.get("attempts_left") == 0:
        return "used"
    if said.get("open", going):
        return "open"
    return "coming" if said.get("opens_at") else ""


def items_of(items: Iterable[Any]) -> list[Item]:
    """The items as certificates says them."""
    return [
        Item(str(one["item_id"]), str(one.get("text") or ""), tuple(map(str, one["choices"])))
        for one in items
        if isinstance(one, Mapping) and one.get("item_id") and one.get("choices")
    ]


def answers_of(form: Mapping[str, str], items: Iterable[Item]) -> tuple[dict[str, int], list[str]]:
    """The chosen places by item id, and the ids of the items without one."""
    answers, missing = {}, []
    for item in items:
        typed = form.get(item.field, "")
        fits = typed.isascii() and typed.isdigit() and len(typed) < 4
        if fits and int(typed) < len(item.choices):
            answers[item.item_id] = int(typed)
        else:
            missing.append(item.item_id)
    return answers, missing
