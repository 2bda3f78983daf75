"""What a process of billing must be told."""

from __future__ import annotations

from pydantic import Field

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="BILLING_"):
    """Beyond what every service is told: the gateway. Its names are those of the simulator's."""

    gateway_url: str = Field(description="Where the payment gateway's API is.")
    gateway_api_key: str = Field(description="The key that the gateway is asked with.")
    webhook_secret: str = Field(description="The secret that the gateway signs its webhooks with.")
