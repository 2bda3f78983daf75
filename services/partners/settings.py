"""What a process of partners must be told."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="PARTNERS_"):
    """Beyond what every service is told: where webhooks may go, and how much partners may send."""

    sandbox_targets: bool = Field(
        default=False,
        description="Whether webhooks may go to this very machine, too (http://127.0.0.1, any "
        "port), so that an integrator can try them on a laptop. In a sandbox only.",
    )

    items_a_day: int = Field(
        default=20_000,
        ge=1,
        json_schema_extra={"unit": "lines/day"},
        description="How many lines a partner may send in on a day (UTC), where nothing else was "
        "said of it.",
    )
    requests_a_minute: int = Field(
        default=120,
        ge=1,
        json_schema_extra={"unit": "requests/min"},
        description="How many requests a partner may send in within a minute, in each process, "
        "where nothing else was said of it.",
    )

    @model_validator(mode="after")
    def _only_in_a_sandbox(self) -> Self:
        if self.sandbox_targets and not self.sandbox:
            raise ValueError("PARTNERS_SANDBOX_TARGETS is for a sandbox only")
        return self
