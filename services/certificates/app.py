"""The composition root of certificates: `python -m services.certificates.app`."""

from __future__ import annotations

from contextlib import aclosing
from typing import Unpack

from services.certificates.api import (
    activity,
    approvals,
    certificates,
    choices,
    duplicates,
    evaluations,
    keys,
    leaks,
    post_tests,
    registrations,
    report_previews,
    reports,
    rosters,
    standings,
    verify,
    weighing,
    wellknown,
)
from services.certificates.commands import saying
from services.certificates.commands.office import Office
from services.certificates.documents import Press
from services.certificates.due import dues_of
from services.certificates.events import hears_of, recalls_of
from services.certificates.metrics import READS
from services.certificates.models import Base
from services.certificates.pades import Signer
from services.certificates.settings import Settings
from shared.contracts.asyncapi import asyncapi
from shared.runtime.rate_limit import RateLimit
from shared.runtime.service import Seams, Service
from shared.runtime.serving import run


def build(settings: Settings, press: Press | None = None, **seams: Unpack[Seams]) -> Service:
    """Certificates, wired; `press` makes the documents, in threads where none is given."""
    public_url = settings.public_url.rstrip("/")
    signs = settings.signer_p12 is not None
    office = Office(settings.platform_secret, public_url, settings.key_days, signs)
    press = press or Press(settings.platform_secret, settings.render_threads)
    signer = None
    if settings.signer_p12 is not None:
        signer = Signer(settings.signer_p12, settings.signer_password)
    return Service(
        "certificates",
        settings,
        base=Base,
        reads=READS,
        routers=[
            registrations.router,
            choices.router,
            approvals.router,
            post_tests.router,
            evaluations.router,
            weighing.router,  # before files, whose paths could be any of its
            duplicates.router,  # before those of certificates, whose ids would take ".signed"
            certificates.router,
            rosters.router,
            standings.router,
            report_previews.router,
            reports.router,
            activity.router,
            verify.router,
            wellknown.router,
            keys.router,
            leaks.router,
        ],
        hears=hears_of(),
        recalls=recalls_of(office),
        dues=dues_of(office, press, settings.render_concurrency),
        state={
            "office": office,
            "status_lists": {},
            "press": press,
            "signer": signer,
            "guesses": RateLimit(60, 600),  # of an address
        },
        asyncapi=asyncapi("certificates"),
        answers=saying.ANSWERS,
        resources=[aclosing(press)],
        **seams,
    )


if __name__ == "__main__":
    run(build(Settings()))
