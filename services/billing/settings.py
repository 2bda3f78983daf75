"""What a process of billing must be told."""

from __future__ import annotations

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="BILLING_"):
    """`gateway_url` is the simulator's address; its key and the secret of its webhooks follow."""

    gateway_url: str
    gateway_api_key: str
    webhook_secret: str
