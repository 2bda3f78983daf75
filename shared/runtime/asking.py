"""What routes ask for, the same in every service: ids in paths, pages of lists, who may call."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query

from shared.runtime.auth import needs_scope
from shared.runtime.caller import Caller

# Any text: an odd id is an unknown one (404), never a fault of form.
PathId = Annotated[str, Path(min_length=1, max_length=200)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most")]
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]
PAGE = 50  # how many, where nobody says

OperatorDep = Annotated[Caller, Depends(needs_scope("operator"))]
PlatformDep = Annotated[Caller, Depends(needs_scope("platform"))]
PartnerDep = Annotated[Caller, Depends(needs_scope("partner"))]
