"""What is answered about a course's versions, for the OpenAPI document only (see `answers.py`)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from services.registration.api.values import Moment


class DisclosureVersion(BaseModel):
    """A disclosure as it was in force: `until` is when another took its place, null of today's."""

    version: str | None
    required: bool
    text: str
    since: Moment
    until: Moment | None
    course_versions: list[int]


class DisclosureList(BaseModel):
    """Oldest first. One that came back stands there twice."""

    course_id: str
    items: list[DisclosureVersion]


class CourseAsShown(BaseModel):
    """A version of a course: from when, by whom, and what everybody read of it."""

    version: int
    since: Moment
    until: Moment | None
    by: str
    page: dict[str, Any]


class VersionList(BaseModel):
    """Oldest first; `next` is the `after` of the following page, null on the last."""

    items: list[CourseAsShown]
    next: str | None
