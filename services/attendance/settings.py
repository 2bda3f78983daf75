"""What a process of attendance must be told."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from shared.runtime.settings import ServiceSettings, listed


class Settings(ServiceSettings, env_prefix="ATTENDANCE_"):
    """Beyond what every service is told: how long to wait for evidence, and Zoom (docs/zoom.md)."""

    report_grace_seconds: int = Field(
        default=900,
        ge=0,
        json_schema_extra={"unit": "s"},
        description="How long after its end a session waits for its report.",
    )
    zoom_webhook_secrets: str = Field(
        "",
        repr=False,
        description="The secret token that Zoom signs its webhooks with; while it is rotated the "
        "old and the new one, with a comma between. Empty: no webhooks are taken.",
    )
    zoom_account_id: str = Field(
        "", description="The Zoom account of the server-to-server app that fetches reports."
    )
    zoom_client_id: str = Field(
        "", description="The client id of the Zoom app that fetches reports."
    )
    zoom_client_secret: str = Field(
        "", repr=False, description="The client secret of the Zoom app that fetches reports."
    )
    zoom_api_url: str = Field("https://api.zoom.us/v2", description="Where Zoom's API is.")
    zoom_oauth_url: str = Field(
        "https://zoom.us/oauth/token", description="Where Zoom gives tokens for its API."
    )

    @model_validator(mode="after")
    def _zoom_whole(self) -> Self:
        told = [self.zoom_account_id, self.zoom_client_id, self.zoom_client_secret]
        if any(told) and not all(told):
            raise ValueError("Zoom needs its account id, client id and client secret, or none")
        return self

    @property
    def zoom_secrets(self) -> tuple[str, ...]:
        """All secrets that a webhook may be signed with."""
        return tuple(listed(self.zoom_webhook_secrets))

    @property
    def grace(self) -> timedelta:
        """The same as a span of time."""
        return timedelta(seconds=self.report_grace_seconds)
