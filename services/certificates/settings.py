"""What certificates must be told, beside what every service must."""

from __future__ import annotations

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="CERTIFICATES_"):
    """`render_concurrency`: documents made side by side in one process."""

    port: int = 8104
    render_concurrency: int = 4
