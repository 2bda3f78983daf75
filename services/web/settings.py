"""What a process of web must be told."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from services.web.domain.roles import Role
from services.web.identity import Client, is_safe
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
    notifications_url: str = Field(
        "", description="Where notifications's public API is; empty: at the front door."
    )
    partners_url: str = Field(
        "", description="Where partners's public API is; empty: at the front door."
    )

    oidc_issuer: str = Field(
        "",
        description="Who says who staff are (OpenID Connect), as an address; empty: nobody, and "
        "the console is entered by `bin/holdfast console-login` alone.",
    )
    oidc_client_id: str = Field("", description="What the issuer knows us by.")
    oidc_client_secret: str = Field(
        "", repr=False, description="The secret that the issuer gave us."
    )
    oidc_roles_claim: str = Field("roles", description="Which claim holds the roles, or groups.")
    oidc_scope: str = Field(
        "openid",
        description="What the issuer is asked for; some give groups only for a word more: "
        '"openid groups".',
    )
    oidc_roles: Annotated[dict[str, Role], NoDecode] = Field(
        default_factory=dict,
        description="Which group means which role (viewer, coordinator, finance, admin): "
        '{"training-team": "coordinator"}, and no other does; empty: the claim names roles.',
    )

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _as_json(cls, value: Any) -> Any:
        """JSON; empty as Compose hands on what nobody set."""
        return json.loads(value or "{}") if isinstance(value, str) else value

    def oidc(self) -> Client | None:
        """What the issuer is to be asked with; None where there is none. ValueError for one that
        is not https."""
        if not self.oidc_issuer:
            return None
        if not is_safe(self.oidc_issuer):
            raise ValueError("WEB_OIDC_ISSUER has to be https")
        returns_to = f"{self.public_url.rstrip('/')}/console/signed-in"
        secret, scope = self.oidc_client_secret, self.oidc_scope
        return Client(self.oidc_issuer, self.oidc_client_id, secret, returns_to, scope)

    texts: bool = Field(
        default=False,
        description="Whether people are asked if they want texts: only where a provider sends "
        "them (NOTIFICATIONS_TEXTS).",
    )

    def owners(self) -> dict[str, str]:
        """Owner → base address; web itself where it listens, for it owns its dead letters."""
        here = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host
        here = f"[{here}]" if ":" in here else here
        return {
            "registration": self.registration_url or self.public_url,
            "billing": self.billing_url or self.public_url,
            "attendance": self.attendance_url or self.public_url,
            "certificates": self.certificates_url or self.public_url,
            "notifications": self.notifications_url or self.public_url,
            "partners": self.partners_url or self.public_url,
            "web": f"http://{here}:{self.port}",
        }
