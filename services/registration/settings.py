"""What a process of registration must be told."""

from __future__ import annotations

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="REGISTRATION_"):
    """Nothing beyond what every service is told."""
