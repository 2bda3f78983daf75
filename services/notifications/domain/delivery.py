"""What a mail server's answer means, and when to try again (domain.md §7, RFC 5321 §4.2.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from services.notifications.domain.bounces import meaning
from services.notifications.domain.template_rules import Theirs

Stage = Literal["connect", "sender", "recipient", "data"]
_DELAYS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240, 480, 720, 720, 720))
_NO_MAILBOX = (501, 550, 551, 553, 556)  # to RCPT, where nothing else is said
_LOG_IN = (530, 534, 535, 538)
_ABOUT_US = re.compile(r"\brelay|authenticat|log ?in first", re.IGNORECASE)
_ABOUT_ELSE = re.compile(
    r"spam|block|black|deny|denied|polic|reputation|rbl\b|dnsbl|spf\b|dkim|dmarc|client host|sender"
    r"|quota|\bfull\b|storage|size|too (?:big|large|many|long)|limit|try again|later",
    re.IGNORECASE,
)
_CLOSING = 421  # the server itself goes away, whatever was asked (RFC 5321 §3.8)
# How long the server itself may be away: looked for each minute at first, then each five.
_AT_FIRST, _SOON, _LATER = timedelta(minutes=15), timedelta(minutes=1), timedelta(minutes=5)
_GIVEN_UP = timedelta(days=2)


@dataclass(frozen=True)
class Verdict:
    """`again`: try later. Else given up; `suppress`: the address itself is not to be used.

    `away`: it says nothing of this mail, for the server itself cannot be had, or takes nothing.
    """

    again: bool
    reason: str
    suppress: bool = False
    away: bool = False


AWAY = Verdict(again=True, reason="deferred", away=True)


@dataclass(frozen=True)
class Delivered:
    """The mail server took it: for this address, under this subject line. `fault`: why it went by
    our template, where the provider's own (`theirs`) should have made it."""

    recipient: str
    subject: str
    fault: str = ""
    theirs: Theirs | None = None


class UndeliveredError(Exception):
    """The mail server did not take it; nothing went out. `code` 0: it could not be asked."""

    def __init__(self, verdict_: Verdict, code: int) -> None:
        super().__init__(f"{verdict_.reason} ({code})")  # never the server's text: it has addresses
        self.verdict = verdict_
        self.code = code


class HeldBackError(Exception):
    """It was not tried, for the recipient's domain has had its share; it may be after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not before {seconds:.1f} s")
        self.seconds = seconds


class OverError(Exception):
    """An earlier try had not gone out, and what it says is over by now: nobody is told of it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def verdict(stage: Stage, code: int, text: str = "") -> Verdict:
    """What an SMTP reply means. 4xx: later. 5xx that says there is no such recipient, as a mail
    that came back would (`bounces.py`): never to that address again. Any other: not this mail.

    A refusal before the recipient was named says nothing about the recipient: it is the server's
    or our own trouble, and passes or is mended, so it is tried again. So is one of whoever has to
    log in first, or may not relay.
    """
    if code == _CLOSING or stage in ("connect", "sender"):
        return AWAY
    if code < 500:
        return Verdict(again=True, reason="deferred")
    kind, said = meaning("failed", "", f"{code} {text}")
    bare = stage == "recipient" and code in _NO_MAILBOX and "." not in said
    if kind == "hard" or (bare and not _ABOUT_ELSE.search(text) and not _ABOUT_US.search(text)):
        return Verdict(again=False, reason="bounced", suppress=True)
    if code in _LOG_IN or _ABOUT_US.search(text):
        return AWAY
    return Verdict(again=False, reason="refused")


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait after that many failed tries; None: give up (about two days in all)."""
    return _DELAYS[attempts - 1] if attempts <= len(_DELAYS) else None


def retry_when_back(since: datetime, now: datetime) -> timedelta | None:
    """How long to wait for a server that has been away since then; None: give up, after two days.

    Never long: an hour after an outage of an hour, a join link would be of no use.
    """
    if now - since >= _GIVEN_UP:
        return None
    return _SOON if now - since < _AT_FIRST else _LATER


def domain_of(address: str) -> str:
    """The domain of an address, in small letters."""
    return address.strip().rpartition("@")[2].lower()


def lane_of(address: str) -> str:
    """Which lane a mail to that address takes: those of one domain take the same.

    A digest, for a domain may be somebody's name; short, so that there are never more lanes (4,096)
    than a claim can hop through. Two domains in one lane wait for one another, no more.
    """
    return sha256(domain_of(address).encode()).hexdigest()[:3] if address.strip() else ""
