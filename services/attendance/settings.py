"""What a process of attendance must be told."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="ATTENDANCE_"):
    """Beyond what every service is told: how long to wait for evidence."""

    report_grace_seconds: int = Field(
        default=900, ge=0, description="How long after its end a session waits for its report."
    )

    @property
    def grace(self) -> timedelta:
        """The same as a span of time."""
        return timedelta(seconds=self.report_grace_seconds)
