"""How each service is built for a simulation: as it builds itself, with seams and adapters."""

from __future__ import annotations

from typing import Any

from services.attendance import app as attendance
from services.attendance.settings import Settings as AttendanceSettings
from services.billing import app as billing
from services.billing.settings import Settings as BillingSettings
from services.certificates import app as certificates
from services.certificates.settings import Settings as CertificatesSettings
from services.notifications import app as notifications
from services.notifications.settings import Settings as NotificationsSettings
from services.partners import app as partners
from services.partners.settings import Settings as PartnersSettings
from services.registration import app as registration
from services.registration.settings import Settings as RegistrationSettings
from services.web import app as web
from services.web.settings import Settings as WebSettings
from shared.runtime.service import Service
from shared.runtime.tokens import digest_of
from tests.simulation import gateway
from tests.stage import OPERATOR, SECRET


def built(name: str, around: Any, with_platform: bool = False) -> Service:
    """A service among what is around it."""
    common: dict[str, Any] = {
        "database_url": around.cluster.urls[name],
        "platform_secret": SECRET,
        "operator_key_hash": digest_of(OPERATOR),
        "public_url": "http://holdfast.test",
        "role": "api",  # nothing is begun: the loops are stepped by hand
    }
    seams: dict[str, Any] = {
        "clock": around.clock,
        "new_id": around.ids,
        "producer": around.hands[name],
        "tick": around.clock.tick,
    }
    if name == "registration":
        return registration.build(RegistrationSettings(**common), **seams)
    if name == "billing":
        mine = BillingSettings(
            **common,
            gateway_url=gateway.URL,
            gateway_api_key=gateway.API_KEY,
            webhook_secret=gateway.WEBHOOK_SECRET,
        )
        return billing.build(mine, http=around.gateway.http, **seams)
    if name == "attendance":
        platform = around.platform if with_platform else None
        return attendance.build(AttendanceSettings(**common), platform, **seams)
    if name == "certificates":
        return certificates.build(CertificatesSettings(**common), around.press, **seams)
    if name == "notifications":
        mail = {"smtp_rate": 0, "staff_addresses": "staff@provider.example"}
        settings = NotificationsSettings(**common, **mail)
        return notifications.build(settings, around.mail, around.mail, **seams)
    if name == "partners":
        return partners.build(PartnersSettings(**common), **seams)
    return web.build(WebSettings(**common), around.nobody, **seams)
