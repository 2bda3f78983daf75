"""Refusals: how a rule says no.

A rule raises a `Refusal` of some kind; only `shared/runtime/problems.py` knows which HTTP status a
kind is. The slug is stable and public (`/problems/<slug>`, interfaces.md §1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


def fault(pointer: str, detail: str) -> dict[str, str]:
    """One entry of `errors[]`: a JSON pointer into the body and what is wrong there."""
    return {"pointer": pointer, "detail": detail}


class Refusal(Exception):
    """A rule said no; nothing of the unit that raised it is kept.

    `slug` names the rule, `detail` is a sentence for people, `errors` are faults as `fault` makes
    them, and `facts` become further members of the problem document (`retry_after`, in whole
    seconds, becomes the header as well). A rule with a name is a subclass with a fixed slug, whose
    first argument is then the detail: `class CourseFull(Conflict): slug = "course-full"`.
    """

    kind: ClassVar[str] = "conflict"
    slug: str = ""

    def __init__(
        self,
        slug: str = "",
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, str]] = (),
        **facts: Any,
    ) -> None:
        fixed = type(self).slug
        self.slug = fixed or slug
        self.detail = (detail or ("" if slug == fixed else slug)) if fixed else detail
        self.errors: tuple[dict[str, str], ...] = tuple(dict(error) for error in errors)
        self.facts: dict[str, Any] = facts
        super().__init__(f"{self.slug}: {self.detail}" if self.detail else self.slug)


class Conflict(Refusal):
    """The state of things does not allow it."""

    kind = "conflict"


class NotFound(Refusal):
    """There is no such thing, or the caller may not know that there is."""

    kind = "not_found"


class Invalid(Refusal):
    """Well-formed, but what it says cannot be right; `errors` says where."""

    kind = "invalid"


class Malformed(Refusal):
    """It could not even be read."""

    kind = "malformed"


class Unauthorized(Refusal):
    """Who is asking is not known."""

    kind = "unauthorized"


class Forbidden(Refusal):
    """Who is asking is known, and may not."""

    kind = "forbidden"


class TooEarly(Refusal):
    """Not yet: ask again after `retry_after` seconds."""

    kind = "too_early"


class TooMany(Refusal):
    """Too often: ask again after `retry_after` seconds."""

    kind = "too_many"


class Gone(Refusal):
    """It was there once and never will be again."""

    kind = "gone"


class Unavailable(Refusal):
    """Something this needs is away: ask again after `retry_after` seconds."""

    kind = "unavailable"
