"""Structured logs: dotted event names and fields, one JSON a line. Never names or addresses."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+")
_TOKEN = re.compile(r"([?&]t=)[^&\s\"']+")


def configure(service: str, level: str) -> None:
    """Set structlog and the standard library up for one process."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
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
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("aiokafka").setLevel(logging.ERROR)


def _with_service(service: str) -> Any:
    def add(_logger: Any, _name: str, fields: MutableMapping[str, Any]) -> Any:
        fields["service"] = service
        return fields

    return add


def without_personal_data(_logger: Any, _name: str, fields: MutableMapping[str, Any]) -> Any:
    """Blot out mail addresses and personal tokens, wherever a library may have put one."""
    for name, value in fields.items():
        if isinstance(value, str):
            fields[name] = _TOKEN.sub(r"\1…", _ADDRESS.sub("…@…", value))
    return fields
