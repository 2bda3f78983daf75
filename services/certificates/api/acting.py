"""What a learner does for a registration, or staff for them: one shape for every such call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Response

from services.certificates.api.reading import allowed
from shared.runtime.auth import CallerDep
from shared.runtime.caller import Caller
from shared.runtime.database import Reader
from shared.runtime.edge import Edge, EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.idempotency import Once


@dataclass(frozen=True)
class Act:
    """One call, answered once a key: who makes it, and what it is done by."""

    caller: Caller
    reader: Reader
    edge: Edge
    once: Once

    def now(self) -> datetime:
        """Business time."""
        return self.edge.now()

    async def on(
        self,
        registration_id: str,
        command: Any,
        wanted: Any,
        answer: Callable[[Any], tuple[int, Any]],
    ) -> Response:
        """Run a command, where the caller may act for the registration; raises as `allowed`."""
        await allowed(self.reader, self.caller, registration_id)
        return await self.edge.run(command, wanted, once=self.once, answer=answer)


async def act_of(caller: CallerDep, reader: ReaderDep, edge: EdgeDep, once: RequiredOnce) -> Act:
    """FastAPI dependency: this call."""
    return Act(caller, reader, edge, once)


ActDep = Annotated[Act, Depends(act_of)]
