"""Holdfast for integrators: verify webhooks, walk the feed, send registrations and attendance in.

What each event means, and what stays as it is: `docs/integrators.md`, and `/developers` of a
running system.
"""

from __future__ import annotations

from holdfast_client.async_client import AsyncHoldfast
from holdfast_client.base import Data, Inbound
from holdfast_client.calls import Page, Result
from holdfast_client.client import Holdfast
from holdfast_client.errors import (
    Away,
    CursorRefused,
    HoldfastError,
    KeyRefused,
    Refused,
    SignatureRefused,
    Unreadable,
    WebhookRefused,
)
from holdfast_client.events import Event
from holdfast_client.trying import Patience
from holdfast_client.webhooks import Webhooks

__all__ = [
    "AsyncHoldfast",
    "Away",
    "CursorRefused",
    "Data",
    "Event",
    "Holdfast",
    "HoldfastError",
    "Inbound",
    "KeyRefused",
    "Page",
    "Patience",
    "Refused",
    "Result",
    "SignatureRefused",
    "Unreadable",
    "WebhookRefused",
    "Webhooks",
]
__version__ = "0.1.0"
