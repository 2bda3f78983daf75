"""What a process of partners must be told."""

from __future__ import annotations

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="PARTNERS_"):
    """Nothing beyond what every service has."""
