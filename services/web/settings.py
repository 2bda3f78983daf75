"""What a process of web must be told."""

from __future__ import annotations

from pydantic import Field

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="WEB_"):
    """Beyond what every service is told: where the owners' public APIs are."""

    registration_url: str = Field(
        "", description="Where registration's public API is; empty: at the front door."
    )
    billing_url: str = Field(
        "", description="Where billing's public API is; empty: at the front door."
    )
    attendance_url: str = Field(
        "", description="Where attendance's public API is; empty: at the front door."
    )
    certificates_url: str = Field(
        "", description="Where certificates's public API is; empty: at the front door."
    )

    def owners(self) -> dict[str, str]:
        """Owner → base address."""
        return {
            "registration": self.registration_url or self.public_url,
            "billing": self.billing_url or self.public_url,
            "attendance": self.attendance_url or self.public_url,
            "certificates": self.certificates_url or self.public_url,
        }
