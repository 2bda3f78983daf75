"""Which events there are that a partner can ever see: all that is said of courses and people, but
for keys, what partners send in, tasks and dead letters."""

from __future__ import annotations

from services.partners.domain.visibility import ERASED
from shared.contracts.event import Event
from shared.contracts.to_partners import PUBLIC

FACTS: tuple[type[Event], ...] = PUBLIC
VISIBLE: tuple[str, ...] = (*(event.type for event in FACTS), ERASED)
