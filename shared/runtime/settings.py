"""Settings that every service has; a service adds its own under its prefix.

Cluster-wide variables are bare (`KAFKA_BOOTSTRAP_SERVERS`), a service's carry its name
(`BILLING_DATABASE_URL`). No secret has a default.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Role = Literal["api", "worker", "all"]


def bare(name: str) -> AliasChoices:
    """A variable without the service's prefix."""
    return AliasChoices(name)


class ServiceSettings(BaseSettings):
    """What a process of a service must be told."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    database_url: str
    port: int = 8000
    host: str = Field("127.0.0.1", validation_alias=bare("HOLDFAST_HOST"))
    role: Role = Field("all", validation_alias=bare("HOLDFAST_ROLE"))
    kafka_bootstrap_servers: str = Field(
        "127.0.0.1:9092", validation_alias=bare("KAFKA_BOOTSTRAP_SERVERS")
    )
    kafka_session_timeout_ms: int = Field(
        20_000, ge=6_000, validation_alias=bare("KAFKA_SESSION_TIMEOUT_MS")
    )
    platform_secret: str = Field(min_length=16, validation_alias=bare("PLATFORM_SECRET"))
    operator_key_hash: str = Field("", validation_alias=bare("OPERATOR_KEY_HASH"))
    public_url: str = Field("http://127.0.0.1:8080", validation_alias=bare("PUBLIC_URL"))
    sandbox: bool = Field(default=False, validation_alias=bare("SANDBOX"))
    sandbox_clock_url: str = Field("", validation_alias=bare("SANDBOX_CLOCK_URL"))
    log_level: str = Field("INFO", validation_alias=bare("LOG_LEVEL"))
