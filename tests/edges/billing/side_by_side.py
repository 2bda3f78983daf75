"""Calls outside, made side by side and recorded in one batch, so that thousands come through."""

import asyncio
from dataclasses import replace
from typing import Any

from shared.runtime.claims import CallUnit, Recorded, finished
from shared.runtime.outside import OutsideCalls

AT_ONCE = 150


class SideBySide(OutsideCalls):
    """As in a process: claim, act, record; but many are recorded as one batch."""

    async def step(self) -> int:
        calls: list[Any] = []
        kinds = [replace(kind, concurrency=AT_ONCE) for kind in self.dues.outsides.values()]
        claimed = sum([await self._begin(kind, calls.append) for kind in kinds])
        recorded = await asyncio.gather(*[_made(call) for call in calls])
        units = [
            CallUnit(self.db, call.due, call.kind.record, came)
            for call, came in zip(calls, recorded, strict=True)
        ]
        outcomes: list[tuple[bool, Any] | None] = []
        if units:
            await self._through(units, outcomes, finished)
        failed = [unit.due for unit, one in zip(units, outcomes, strict=True) if one and not one[0]]
        assert not failed, f"could not be recorded: {failed}"
        return claimed


async def _made(call: Any) -> Recorded:
    try:
        return Recorded(call.due, call.request, result=await call.kind.act(call.request))
    except Exception as why:
        return Recorded(call.due, call.request, error=why)
