"""A service's composition root, built and never started: what does it hear."""

import importlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.runtime.hears import Hears

# Enough to build a service; nothing of it is ever used.
_ANYTHING = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "PLATFORM_SECRET": "never used, never used",
    "BILLING_GATEWAY_URL": "http://127.0.0.1:1",
    "BILLING_GATEWAY_API_KEY": "never used",
    "BILLING_WEBHOOK_SECRET": "never used",
    "SANDBOX": "0",
}


def hears_of(service: str) -> "Hears":
    """What a service hears, from its own composition root."""
    hears: Hears = service_of(service).hears
    return hears


def service_of(service: str, **told: str) -> Any:
    """A service, never started; `told` are settings that count for what it is asked."""
    app = importlib.import_module(f"services.{service}.app")
    anything = {f"{service.upper()}_DATABASE_URL": _ANYTHING["DATABASE_URL"]} | _ANYTHING
    with _environment(anything | told):
        return app.build(app.Settings())


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
