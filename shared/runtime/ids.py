"""Ids of what begins here, and was caused by nothing that has an id."""

from __future__ import annotations

from collections.abc import Callable

import uuid_utils

NewId = Callable[[], str]


def uuid7() -> str:
    """A UUIDv7: by the wall clock, in the order in which they were made."""
    return str(uuid_utils.uuid7())
