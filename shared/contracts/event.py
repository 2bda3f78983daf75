"""What every event is: a frozen pydantic model that knows its topic, type and key.

Readers are tolerant: unknown fields are ignored, and what was added later has a default. Text
holds neither NUL nor lone surrogates, for those would only fail at the database (runtime.md §1);
the surrogates are refused by pydantic itself.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import core_schema

from shared.money import Money

__all__ = [
    "REGISTRY",
    "Day",
    "Event",
    "Hours",
    "Id",
    "Instant",
    "LongText",
    "Money",
    "Part",
    "Slug",
    "Text",
    "slug_of",
]

REGISTRY: dict[str, type[Event]] = {}


class _Clean:
    """Refuses NUL within pydantic's core: a validator in Python costs more than all the rest."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        whole = core_schema.custom_error_schema(
            core_schema.str_schema(pattern=r"^[^\x00]*$"),
            custom_error_type="text_nul",
            custom_error_message="text holds no NUL",
        )
        return core_schema.chain_schema([handler(source), whole])

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return handler(schema["steps"][0] if schema["type"] == "chain" else schema)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is UTC:
        return instant
    try:
        return instant.astimezone(UTC)
    except OverflowError as why:  # year 1 or 9999 with an offset: pydantic knows only ValueError
        raise ValueError("an instant lies between the years 1 and 9999 in UTC") from why


def _plain(hours: Decimal) -> str:
    return f"{hours:f}"


Text = Annotated[str, StringConstraints(max_length=2_000), _Clean()]
LongText = Annotated[str, StringConstraints(max_length=100_000), _Clean()]
Id = Annotated[str, StringConstraints(min_length=1, max_length=200), _Clean()]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")]
"""A stable word such as `hold-ended`: all that a fact says of why. Whatever a person wrote, or a
gateway, stays in the tables of the service that was told, where it can be erased."""
Day = date
Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""Aware, normalised to UTC, written with `Z`."""
Hours = Annotated[
    Decimal,
    PlainSerializer(_plain, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "decimal"}),
]
"""Hours or credits, exact; written as a decimal string such as `"7.75"`."""


def slug_of(code: str, otherwise: str) -> str:
    """Another system's code as a slug (`card_declined` → `card-declined`); what is none is dropped.

    A code is lower case without blanks, so that nothing a person wrote can pass for one.
    """
    return code.replace("_", "-") if re.fullmatch(r"[a-z0-9_-]{1,60}", code) else otherwise


class Part(BaseModel):
    """A piece of an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Part):
    """Base of all events.

    A class says `topic`, `type` (`invoice.issued.v1`), `key` (the field, or fields, whose values
    joined by `/` are the record's key) and one `example`, as JSON would hold it. For whoever builds
    on it: its docstring is the meaning, `when` says when it is said, and `never` what it must not
    be taken for.
    """

    topic: ClassVar[str]
    type: ClassVar[str]
    key: ClassVar[str | tuple[str, ...]]
    when: ClassVar[str]
    never: ClassVar[str]
    example: ClassVar[dict[str, Any]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "type" not in vars(cls):
            return
        if REGISTRY.setdefault(cls.type, cls) is not cls:
            raise TypeError(f"two events are called {cls.type}")

    @classmethod
    def read(cls, payload: bytes | str) -> Self:
        """From a record's value; pydantic's ValidationError where it does not fit."""
        return cls.model_validate_json(payload)

    @classmethod
    def topics(cls) -> tuple[str, ...]:
        """Every topic on which this type may be heard."""
        return (cls.topic,)

    def topic_of(self) -> str:
        """The topic on which this event is said: `topic`, but for tasks."""
        return self.topic

    def key_of(self) -> str:
        """The record's key: the aggregate's id."""
        key = self.key
        if isinstance(key, str):
            return str(getattr(self, key))
        return "/".join(str(getattr(self, name)) for name in key)

    def payload(self) -> bytes:
        """The record's value: compact JSON."""
        return self.__pydantic_serializer__.to_json(self)
