"""What all models of the library stand on: read-only, and taking what a later release adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A piece of an event or a line. What it does not name is kept in `model_extra`."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Data(Part):
    """Base of what an event holds. `TYPE` is the event's type, such as `invoice.paid.v1`."""

    TYPE: ClassVar[str]


class Inbound(Part):
    """Base of what is sent in, one line each. `TYPE` is `registration` or `attendance`."""

    TYPE: ClassVar[str]

    id: str

    def sent(self) -> Mapping[str, Any]:
        """The line as JSON holds it: what you set and nothing else, so that a later release of this
        library sends the same line as before."""
        return {
            "type": self.TYPE,
            **self.model_dump(mode="json", exclude_none=True),
        }
