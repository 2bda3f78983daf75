"""What certificates must be told, beside what every service must."""

from __future__ import annotations

from pydantic import Field

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="CERTIFICATES_"):
    """`render_threads` make documents; `render_concurrency` are claimed at a time in a process."""

    port: int = 8104
    render_threads: int = Field(2, ge=1, le=64)
    render_concurrency: int = Field(16, ge=1, le=256)
