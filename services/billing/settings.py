"""What a process of billing must be told."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="BILLING_"):
    """Beyond what every service is told: the gateways, and where the books' days begin.

    The first three names are of the simulator's. Where both of Stripe's are set, new pages to pay
    on are Stripe's; what was paid by the simulator goes back by it all the same.
    """

    gateway_url: str = Field(description="Where the payment gateway's API is.")
    gateway_api_key: str = Field(repr=False, description="The key that the gateway is asked with.")
    webhook_secret: str = Field(
        repr=False, description="The secret that the gateway signs its webhooks with."
    )
    stripe_api_key: str = Field(
        "", description="Stripe's secret key; empty: no Stripe.", repr=False
    )
    stripe_webhook_secret: str = Field(
        "", description="What Stripe signs its webhooks with.", repr=False
    )
    stripe_url: str = Field("", description="Another address of Stripe's API, for tests.")
    render_threads: int = Field(
        1,
        ge=1,
        le=64,
        json_schema_extra={"unit": "threads"},
        description="The threads that print invoices.",
    )
    books_zone: str = Field("America/New_York", description="Where days and months of books begin.")

    @model_validator(mode="after")
    def _stripe_whole(self) -> Self:
        if bool(self.stripe_api_key) != bool(self.stripe_webhook_secret):
            raise ValueError("Stripe needs its API key and its webhook secret, or neither")
        return self
