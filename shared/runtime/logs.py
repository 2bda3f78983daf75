"""Structured logs: dotted event names and fields, one JSON a line. Never names or addresses."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

import structlog

from shared.runtime.failures import is_infrastructure

SELDOM = 10.0  # seconds
# What the request at hand is about: trace_id, traceparent, caller. One variable that is set whole:
# structlog's own are one a name, and cost a request more than its routing.
ABOUT: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))
# Whoever can have a text logged chooses how long it is, so none of these may take the longer for
# each letter that it could begin at: a word is looked at from its beginning, an input has an end.
_ADDRESS = re.compile(r"(?<![^\s@<>\"'])[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+")
_SECRET = re.compile(
    r"(?<=[?&]t=)[^&\s\"']+"
    r"|(?<=[?&]code=)[^&\s\"']+"
    r"|(?<=Bearer )[^\s\"']+"
    r"|\bhf_[a-z]+_[\w-]+"  # a key
    r"|\b\d{1,9}\.[ut][\w-]{2,200}\.[\w-]{24}\b"  # a token, in a path
    r"|\b[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}\b"  # a code that people type
)
_ROW = re.compile(r"(DETAIL:\s{1,9})[^\n]*")  # Postgres shows the row that did not fit
_INPUT = re.compile(r"input_value=.{0,400}?(?=, input_type=)", re.DOTALL)  # pydantic, what it got


@contextmanager
def about(what: Mapping[str, str]) -> Iterator[None]:
    """What is logged within names the request `what` (`ABOUT`), as in a batch of many."""
    before = ABOUT.set(what)
    try:
        yield
    finally:
        ABOUT.reset(before)


def configure(service: str, level: str) -> None:
    """Set structlog and the standard library up for one process."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            _with_about,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_service(service),
            structlog.processors.format_exc_info,
            without_personal_data,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                without_personal_data,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _with_service(service),
            ],
        )
    )
    handler.addFilter(Outage())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("aiokafka").setLevel(logging.ERROR)


class Outage:
    """What libraries say while a server is away, thousands of lines a minute, said seldom.

    aiokafka, and what exports traces, say each sentence at most once in `SELDOM` seconds; what a
    request met of an outage is told as `http.away`, and not once more by the server with its
    traceback.
    """

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is logged."""
        if record.name == "uvicorn.error":
            return not (record.exc_info and _is_away(record.exc_info[1]))
        if not record.name.startswith(("aiokafka", "opentelemetry")):
            return True
        sentence = (record.name, str(record.msg))
        if record.created - self._said.get(sentence, -SELDOM) < SELDOM:
            return False
        self._said[sentence] = record.created
        return True


def _is_away(why: BaseException | None) -> bool:
    return why is not None and is_infrastructure(why)


def _with_about(_logger: Any, _name: str, fields: MutableMapping[str, Any]) -> Any:
    return {**ABOUT.get(), **fields}


def _with_service(service: str) -> Any:
    def add(_logger: Any, _name: str, fields: MutableMapping[str, Any]) -> Any:
        fields["service"] = service
        return fields

    return add


def without_personal_data(_logger: Any, _name: str, fields: MutableMapping[str, Any]) -> Any:
    """Blot out mail addresses, keys, tokens, rows and inputs, wherever a library put them."""
    for name, value in fields.items():
        fields[name] = blotted(value)
    return fields


def blotted(value: Any) -> Any:
    """The value with what could tell of people taken out of its texts."""
    if isinstance(value, dict):
        return {key: blotted(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [blotted(one) for one in value]
    if isinstance(value, BaseException):
        value = f"{type(value).__name__}: {value}"
    if not isinstance(value, str):
        return value
    value = _INPUT.sub("input_value=…", _ROW.sub(r"\1…", value))
    return _SECRET.sub("…", _ADDRESS.sub("…@…", value))
