"""What went wrong today, over all services: what they told as dead letters and as tasks, and where
each is mended. What is none is not told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from shared.dates import day_of, parse_instant

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trouble:
    """So many of one kind in one service; `mend` is the page where they are mended."""

    service: str
    what: str
    count: int
    mend: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """`unknown`: services that did not say; `more`: some have told more than was read."""

    troubles: tuple[Trouble, ...] = ()
    unknown: tuple[str, ...] = ()
    more: bool = False


def wrong_of(
    tasks: Mapping[str, Said | None],
    letters: Mapping[str, Said | None],
    now: datetime,
    dead_now: datetime,
    zone: str,
) -> Wrong:
    """From the lists of each service, None where it gave none; of the day of `now` in that zone.
    Letters die by the clock on the wall, `dead_now`; tasks are opened by that of the business."""
    found = []
    for service, page in letters.items():
        items = [one for one in _items(page) if _today(one.get("died_at"), dead_now, zone)]
        if items:
            where = f"/console/system/dead-letters?{urlencode({'service': service})}"
            what = "dead letter" if len(items) == 1 else "dead letters"
            found.append(Trouble(service, what, len(items), where))
    for service, page in tasks.items():
        items = [one for one in _items(page) if _today(one.get("opened_at"), now, zone)]
        kinds = Counter(str(one.get("kind") or "") for one in items)
        found += [_of_kind(service, kind, items) for kind in sorted(kinds)]
    said = [*tasks.items(), *letters.items()]
    unknown = tuple(dict.fromkeys(name for name, page in said if page is None))
    more = any(page.get("next") for _, page in said if page)
    return Wrong(tuple(found), unknown, more)


def _of_kind(service: str, kind: str, items: Iterable[Said]) -> Trouble:
    """One task leads to itself, several to the list of them."""
    those = [one for one in items if str(one.get("kind") or "") == kind]
    where = f"/console/system?{urlencode({'q': f'{service} {kind}'})}"
    if len(those) == 1:
        where = f"/console/system/tasks/{service}/{those[0]['task_id']}"
    return Trouble(service, kind.replace("-", " "), len(those), where)


def _items(page: Said | None) -> Sequence[Said]:
    return (page or {}).get("items") or ()


def _today(text: Any, now: datetime, zone: str) -> bool:
    try:
        return isinstance(text, str) and day_of(parse_instant(text), zone) == day_of(now, zone)
    except ValueError:
        return False
