"""The fields of a line of ours that a mapping may say, and those that it has to, by type."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from services.partners.domain.places import Place

_PERSON = ("name", "email", "profession", "birth_day", "zone", "locale", "licenses")
_ANYWHERE = [("id",), ("course_id",), *(("attendee", name) for name in _PERSON)]
_REGISTRATION = [
    ("disclosure_version",),
    ("payment_method",),
    ("organisation",),
    ("prerequisites",),
]
_ATTENDANCE = [("session_id",), ("registration_id",), ("joined_at",), ("left_at",)]
TARGETS: Mapping[str, Collection[Place]] = {
    "registration": (*_ANYWHERE, *_REGISTRATION),
    "attendance": (*_ANYWHERE, *_ATTENDANCE),
}
NEEDED: Mapping[str, Collection[Place]] = {
    "registration": (("id",), ("course_id",), ("attendee", "name"), ("attendee", "email")),
    "attendance": (("id",), ("course_id",), ("session_id",), ("joined_at",), ("left_at",)),
}
