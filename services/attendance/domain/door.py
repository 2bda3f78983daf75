"""The door: who may go through a personal join link, and when (interfaces.md §4, §10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from services.attendance.domain.roll import Standing
from services.attendance.domain.schedule import State
from shared.addresses import is_web_address
from shared.errors import Conflict, Gone, TooEarly

SOON = 2  # seconds: an event is on its way
LATER = 60  # seconds: somebody must act first


class LinkDead(Gone):
    """Cancelled, substituted, over: this link leads nowhere any more."""

    slug = "join-link-dead"


class DoorClosed(TooEarly):
    """The link is good; `retry_after` says in how many seconds to come again."""

    slug = "door-closed"


class DisclosureOutdated(Conflict):
    """The disclosure changed: it must be accepted anew before joining (domain.md §4)."""

    slug = "disclosure-outdated"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the link, as far as this service has heard."""

    standing: Standing
    token_version: int
    disclosure_version: str | None
    gave_back: bool = False  # took the share of this session back, when it was cancelled


@dataclass(frozen=True, slots=True)
class Room:
    """Where the link leads, as far as this service has heard."""

    state: State
    opens_at: datetime | None
    url: str | None
    disclosure_version: str | None


def enter(version: int, holder: Holder | None, room: Room | None, now: datetime) -> str:
    """The meeting's address, or a refusal that says why not.

    `version` is the token's: below the registration's own the link was replaced, above it the news
    has not come yet.
    """
    known = _holder(version, holder)
    found = _room(room, now)
    wanted, accepted = found.disclosure_version, known.disclosure_version
    if wanted and wanted != accepted:
        raise DisclosureOutdated("Please accept the disclosure in force first.", current=wanted)
    if not found.url:
        raise LinkDead("This session has no meeting: it is held in a room.")
    return found.url


def _holder(version: int, holder: Holder | None) -> Holder:
    if holder is None or version > holder.token_version:
        raise DoorClosed("We have not heard of this registration yet.", retry_after=SOON)
    if version < holder.token_version:
        raise LinkDead("This link was replaced by a newer one.", newer=True)
    if holder.standing is Standing.ENDED:
        raise LinkDead("This registration has ended, and its links with it.")
    if holder.standing is not Standing.CONFIRMED:
        raise DoorClosed("This registration is not confirmed yet.", retry_after=LATER)
    if holder.gave_back:
        raise LinkDead("You took your share of this session back, in place of this date.")
    return holder


def _room(room: Room | None, now: datetime) -> Room:
    if room is None or room.state is State.STUB or room.opens_at is None:
        raise DoorClosed("We have not heard of this session yet.", retry_after=SOON)
    if room.state is State.CANCELLED:
        raise LinkDead("This session will not be held.")
    if room.state is State.COMPLETED:
        raise LinkDead("This session is over.")
    if now < room.opens_at:
        wait = -(-(room.opens_at - now) // timedelta(seconds=1))
        raise DoorClosed("The door is not open yet.", retry_after=wait)
    return room


def personal(url: str, registration_id: str) -> str:
    """A meeting's address that tells the platform whose registration comes through it.

    Addresses are checked where they come in; one that is none all the same leads nowhere.
    """
    if not is_web_address(url):
        raise LinkDead("The address of this session's meeting is no address. Ask the provider.")
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True)
    query = [pair for pair in given if pair[0] != "registration_id"]
    query.append(("registration_id", registration_id))
    return urlunsplit(parts._replace(query=urlencode(query)))
