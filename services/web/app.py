"""The composition root of web: `python -m services.web.app`."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any, Unpack

from services.web.api import (
    acts,
    awards,
    console,
    console_answering,
    console_attendance,
    console_cancelling,
    console_certificate,
    console_certificates,
    console_completing,
    console_correcting,
    console_course_form,
    console_courses,
    console_deciding,
    console_deliveries,
    console_duplicating,
    console_erasing,
    console_finding,
    console_goodwill,
    console_handing_in,
    console_handing_on,
    console_invariants,
    console_keys,
    console_letters,
    console_meeting,
    console_merging,
    console_messages,
    console_money,
    console_money_lists,
    console_month,
    console_moving,
    console_nobodys,
    console_partner,
    console_partners,
    console_paying,
    console_people,
    console_person,
    console_publish,
    console_refund,
    console_refused,
    console_renewing,
    console_reopening,
    console_replaying,
    console_report,
    console_report_outcome,
    console_reports,
    console_services,
    console_session,
    console_session_cancelling,
    console_standings,
    console_substituting,
    console_tasks,
    console_today,
    console_transferring,
    console_unbooking,
    console_unmatched,
    course_list,
    courses,
    developers,
    evaluation,
    failing,
    invariants,
    leaving,
    links,
    mine,
    missing,
    post_test,
    register,
    signed_in,
    static,
    substituting,
    verify,
)
from services.web.board import Board
from services.web.due import dues_of
from services.web.events import hears_of
from services.web.identity import Issuer
from services.web.models import Base
from services.web.owners import Owners
from services.web.render import pages
from services.web.settings import Settings
from services.web.staff import Desk
from shared.contracts.asyncapi import asyncapi
from shared.runtime.database import Reader
from shared.runtime.health import still_to_do
from shared.runtime.service import Seams, Service
from shared.runtime.serving import run


def build(settings: Settings, transport: Any = None, **seams: Unpack[Seams]) -> Service:
    """Web, wired; `transport` replaces the way to the owners, and to who says who staff are."""
    client = settings.oidc()
    issuer = Issuer(client, transport) if client is not None else None
    owners = Owners(settings.owners(), transport)
    rooms = (
        static,
        course_list,
        courses,
        register,
        mine,
        acts,
        awards,
        leaving,
        substituting,
        links,
        evaluation,
        post_test,
        verify,
        console,
        console_today,
        console_publish,
        console_course_form,
        console_duplicating,
        console_completing,
        console_moving,
        console_meeting,
        console_session_cancelling,
        console_cancelling,
        console_standings,
        console_report_outcome,
        console_reports,
        console_report,  # behind "new"
        console_courses,
        console_finding,
        console_people,
        console_correcting,
        console_substituting,
        console_transferring,
        console_attendance,
        console_unmatched,
        console_unbooking,
        console_answering,
        console_reopening,
        console_renewing,
        console_person,
        console_merging,
        console_erasing,
        console_money,
        console_money_lists,
        console_refund,
        console_goodwill,
        console_handing_on,
        console_deciding,
        console_paying,
        console_nobodys,
        console_month,
        console_messages,
        console_refused,
        console_certificates,
        console_certificate,
        console_partners,
        console_keys,
        console_deliveries,
        console_replaying,
        console_partner,
        console_handing_in,
        console_session,
        console_letters,
        console_services,
        console_invariants,
        console_tasks,
        developers,
        missing,
    )
    shown = pages(texts=settings.texts)
    service = Service(
        "web",
        settings,
        base=Base,
        routers=[console.machines, invariants.router, *(room.router for room in rooms)],
        hears=hears_of(),
        dues=dues_of(),
        state={
            "pages": shown,
            "owners": owners,
            "issuer": issuer,
            "oidc_roles": (settings.oidc_roles_claim, settings.oidc_roles),
        },
        asyncapi=asyncapi("web"),
        resources=[aclosing(one) for one in (owners, issuer) if one is not None],
        **seams,
    )
    desk = Desk(owners, settings.platform_secret, "console:board")
    reader = Reader(service.api_db)
    board = Board(desk, reader, service.edge.now, lambda: still_to_do(service))
    service.app.state.screens = console_today.Screens(board, shown)
    failing.install(service.app, shown)
    signed_in.install(service.app, shown)
    return service


if __name__ == "__main__":
    run(build(Settings()))
