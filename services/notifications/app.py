"""The composition root of notifications."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Unpack

from services.notifications.api import (
    bounces,
    calendar_feed,
    digest,
    messages,
    outlook,
    overrides,
    search,
    suppressions,
    templates,
    unsubscribe,
)
from services.notifications.api import texts as texts_api
from services.notifications.commands.bounces import back_of
from services.notifications.commands.case import Sender
from services.notifications.commands.digest_letter import Desk
from services.notifications.commands.text_desk import TextDesk
from services.notifications.domain.digest import Rhythm
from services.notifications.domain.quiet import Quiet
from services.notifications.due import dues_of
from services.notifications.events import hears_of, recalls_of
from services.notifications.mailer import Mailbox, Mailer, Server
from services.notifications.metrics import READS
from services.notifications.models import Base
from services.notifications.pace import Pace
from services.notifications.postbox import Login, PostOfficeBox
from services.notifications.postman import Postman
from services.notifications.settings import Settings
from services.notifications.signing import Dkim
from services.notifications.texts.mailbox import MailboxTexts
from services.notifications.texts.port import Texter, TextPost
from services.notifications.texts.twilio import Twilio
from shared.contracts.asyncapi import asyncapi
from shared.runtime.service import Seams, Service
from shared.runtime.serving import run
from shared.runtime.settings import listed


def build(
    settings: Settings,
    mailer: Mailer | None = None,
    mailbox: Mailbox | None = None,
    texter: Texter | None = None,
    **seams: Unpack[Seams],
) -> Service:
    """One process of this service; `mailer`, `mailbox` and `texter` are those of the settings by
    default."""
    sender = Sender(
        public_url=settings.public_url.rstrip("/"),
        secret=settings.platform_secret,
        address=settings.sender,
        reply_to=settings.reply_to,
        returns=settings.bounce_address,
    )
    server = Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_username,
        password=settings.smtp_password,
        tls=settings.smtp_tls,
        start_tls=settings.smtp_start_tls,
        start_tls_offered=settings.smtp_start_tls_offered,
        timeout=settings.smtp_timeout,
        patience=settings.smtp_patience,
        answer=settings.smtp_answer,
        connections=settings.smtp_connections,
    )
    mailer = mailer or Mailer(server, _signer(settings))
    mailbox = mailbox or Mailbox(settings.mailbox_url)
    pace = Pace(settings.smtp_rate, settings.smtp_rates, settings.smtp_processes)
    postman = Postman(sender, mailer, mailbox, pace)
    desk = Desk(
        addresses=listed(settings.staff_addresses),
        rhythm=Rhythm(settings.staff_zone, settings.digest_hour, listed(settings.digest_days)),
        locale=settings.staff_locale,
        when_nothing=settings.digest_when_nothing,
    )
    texter = texter or _texter(settings)
    texts = TextDesk(
        provider=texter.name if texter else "",
        quiet=Quiet(settings.texts_quiet_from, settings.texts_quiet_until),
        a_day=settings.texts_a_day,
        secret=settings.platform_secret,
    )
    box = PostOfficeBox(_login(settings), partial(back_of, sender)) if settings.imap_host else None
    return Service(
        "notifications",
        settings,
        base=Base,
        reads=READS,
        routers=[
            messages.router,
            calendar_feed.router,
            templates.router,
            overrides.router,
            digest.router,
            outlook.router,
            bounces.router,
            suppressions.router,
            unsubscribe.router,
            search.router,
            texts_api.router,
        ],
        hears=hears_of(),
        recalls=recalls_of(),
        dues=dues_of(
            postman,
            desk,
            box,
            timedelta(minutes=settings.imap_minutes),
            texts,
            TextPost(sender, texter),
        ),
        state={
            "sender": sender,
            "desk": desk,
            "bounce_secrets": settings.signers,
            "text_tokens": settings.text_tokens,
        },
        asyncapi=asyncapi("notifications"),
        resources=[aclosing(mailer), *([aclosing(texter)] if texter else [])],
        **seams,
    )


def _signer(settings: Settings) -> Callable[[bytes], bytes] | None:
    if not settings.dkim_key:
        return None
    domain = settings.sender.rpartition("@")[2]  # DMARC wants the domain that mails are from
    return Dkim(Path(settings.dkim_key), settings.dkim_selector, domain).sealed


def _texter(settings: Settings) -> Texter | None:
    if settings.texts == "mailbox":
        return MailboxTexts(settings.mailbox_url)
    if settings.texts != "twilio":
        return None
    public = settings.public_url.rstrip("/")
    return Twilio(
        settings.twilio_account,
        settings.text_tokens[0],
        settings.twilio_from,
        f"{public}/notifications/v1/texts/twilio/receipts",
        base=settings.twilio_url,
    )


def _login(settings: Settings) -> Login:
    return Login(
        settings.imap_host,
        settings.imap_port,
        settings.imap_username,
        settings.imap_password,
        settings.imap_folder,
        settings.imap_tls,
    )


if __name__ == "__main__":
    run(build(Settings()))
