"""What a process of web must be told."""

from __future__ import annotations

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="WEB_"):
    """Where the owners' public APIs are; empty means at the front door."""

    registration_url: str = ""
    billing_url: str = ""
    attendance_url: str = ""
    certificates_url: str = ""

    def owners(self) -> dict[str, str]:
        """Owner → base address."""
        return {
            "registration": self.registration_url or self.public_url,
            "billing": self.billing_url or self.public_url,
            "attendance": self.attendance_url or self.public_url,
            "certificates": self.certificates_url or self.public_url,
        }
