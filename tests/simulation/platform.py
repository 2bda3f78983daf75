"""The meeting platform: who was in which meeting, told live by observations and later by reports.

What it tells live may come late, twice, in any order or never; what it reports is whole, once it
is ready.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.attendance.commands.platform import Busy, Denied, NotReady, Page, PageGone
from services.attendance.domain.fetching import Instance
from shared.dates import rfc3339
from tests.simulation.chance import Chances

TROUBLE = {"not ready": 0.3, "busy": 0.2, "page gone": 0.4, "denied": 0.1}
_PAGE = 2  # lines of a report


@dataclass(frozen=True)
class Stay:
    """Somebody was in a meeting; without `who` a stranger to us."""

    meeting_id: str
    who: str | None
    name: str
    joined_at: datetime
    left_at: datetime


class Platform:
    """Stands where Zoom's client does."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.chances = Chances("platform")
        self._now = now

    def begin(self, said: Callable[[str], None]) -> None:
        """A new history."""
        self._said = said
        self.stays: dict[str, list[Stay]] = defaultdict(list)  # by meeting
        self.live: list[dict[str, Any]] = []  # observations that nobody was told of yet
        self.ends: dict[str, datetime] = {}

    def met(self, meeting_id: str, begins: datetime, ends: datetime, stays: list[Stay]) -> None:
        """A meeting is held: all that will be seen of it."""
        self.ends[meeting_id] = ends
        self.stays[meeting_id] += stays
        place = f"{meeting_id}/{len(self.live)}"
        seen = [("meeting_started", begins, None), ("meeting_ended", ends, None)]
        seen += [("joined", stay.joined_at, stay) for stay in stays]
        seen += [("left", stay.left_at, stay) for stay in stays]
        for number, (kind, at, stay) in enumerate(seen):
            line = {"id": f"{place}/{number}", "kind": kind, "meeting_id": meeting_id}
            line["at"] = rfc3339(at)
            if stay is not None:
                line["participant_id"] = f"p-{stay.who or stay.name.replace(' ', '-')}"
                line["name"] = stay.name
                if stay.who:
                    line["registration_id"] = stay.who
            self.live.append(line)

    def due(self) -> list[dict[str, Any]]:
        """What it could tell by now."""
        now = rfc3339(self._now())
        return [line for line in self.live if line["at"] <= now]

    # --- the port ---------------------------------------------------------------------------------

    async def instances(self, meeting_id: str) -> Sequence[Instance]:
        """The runs of a meeting that are over."""
        self._strikes(f"list {meeting_id}")
        ended = self.ends.get(meeting_id)
        if ended is None or self._now() < ended:
            raise NotReady
        begun = (
            min(stay.joined_at for stay in self.stays[meeting_id])
            if self._any(meeting_id)
            else ended
        )
        return [Instance(f"run/{meeting_id}==", meeting_id, begun - timedelta(minutes=1))]

    async def page(self, uuid: str, token: str | None) -> Page:
        """A page of the participants of one run."""
        self._strikes(f"page {uuid} {token}", first=token is None)
        stays = self.stays[uuid.removeprefix("run/").removesuffix("==")]
        start = int(token) if token else 0
        rows = [_row(stay) for stay in stays[start : start + _PAGE]]
        following = str(start + _PAGE) if start + _PAGE < len(stays) else None
        return Page(rows, following, len(stays))

    def _any(self, meeting_id: str) -> bool:
        return bool(self.stays[meeting_id])

    def _strikes(self, about: str, *, first: bool = True) -> None:
        trouble = self.chances.trouble(about, TROUBLE)
        self._said(f"platform {about}: {trouble or 'told'}")
        if trouble == "not ready":
            raise NotReady
        if trouble == "page gone":
            raise NotReady if first else PageGone
        if trouble == "busy":
            raise Busy("away", 60)
        if trouble == "denied":
            raise Denied("refused")


def _row(stay: Stay) -> dict[str, Any]:
    """A line of Zoom's report."""
    return {
        "id": "",
        "user_id": "16778240",
        "participant_user_id": "",
        "name": stay.name,
        "user_email": "",
        "registrant_id": "",
        "customer_key": (stay.who or "").replace("-", ""),
        "join_time": rfc3339(stay.joined_at),
        "leave_time": rfc3339(stay.left_at),
        "duration": int((stay.left_at - stay.joined_at).total_seconds()),
        "failover": False,
        "status": "in_meeting",
    }
