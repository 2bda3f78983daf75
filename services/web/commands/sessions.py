"""Staff sign in: a link is good once, a session for a working day; neither is kept in the clear.

Times are of the wall clock: a sandbox's jump over a month signs nobody out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.web.models import ConsoleLink, ConsoleSession
from shared.errors import Gone
from shared.runtime.plans import alone, needs
from shared.runtime.work import Work

LINK = timedelta(minutes=5)
SESSION = timedelta(hours=10)


class LinkUsed(Gone):
    """A link to sign in is good once, and for five minutes."""

    slug = "sign-in-link-used"


@dataclass(frozen=True)
class Offer:
    """A link that an operator asked for, by the digest of what it says."""

    digest: str
    at: datetime


@dataclass(frozen=True)
class SignIn:
    """Somebody who proved who they are: by an issuer, or by the link with the digest `link`."""

    digest: str
    subject: str
    roles: Sequence[str]
    at: datetime
    link: str | None = None


@alone
async def offer(work: Work, c: Offer) -> None:
    """Keep that there is such a link; what has ended goes."""
    await work.con.execute("DELETE FROM console_links WHERE ends_at < $1", c.at)
    await work.con.execute("DELETE FROM console_sessions WHERE ends_at < $1", c.at)
    work.put(ConsoleLink(digest=c.digest, ends_at=c.at + LINK))
    work.audit("console.link-made", "console")


@needs(lambda c: [(ConsoleLink, c.link)] if c.link is not None else [])
async def sign_in(work: Work, c: SignIn) -> ConsoleSession:
    """Begin a session; a link is used up by it. Raises LinkUsed."""
    if c.link is not None:
        known = work.get(ConsoleLink, c.link)
        if known is None or known.ends_at <= c.at:
            raise LinkUsed("This link was used, or it is too old. Ask for a new one.")
        work.delete(known)
    made = ConsoleSession(
        digest=c.digest,
        subject=c.subject,
        roles=list(c.roles),
        began_at=c.at,
        ends_at=c.at + SESSION,
    )
    work.put(made)
    work.audit("console.signed-in", c.subject, " ".join(c.roles))
    return made


@needs(lambda digest: [(ConsoleSession, digest)])
async def sign_out(work: Work, digest: str) -> None:
    """The session ends for good, wherever its cookie lies."""
    known = work.get(ConsoleSession, digest)
    if known is not None:
        work.delete(known)
        work.audit("console.signed-out", known.subject)
