"""What routes ask for, the same in every service: ids in paths, pages of lists, who may call.

Of the settings a route is given two things: what tokens are made with, and where people come in.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from shared.runtime.auth import needs_scope
from shared.runtime.caller import Caller

# Any text: an odd id is an unknown one (404), never a fault of form.
PathId = Annotated[str, Path(min_length=1, max_length=200)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most")]
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]
PAGE = 50  # how many, where nobody says


async def platform_secret_of(request: Request) -> str:
    """FastAPI dependency: the secret of all tokens and codes."""
    secret: str = request.app.state.platform_secret
    return secret


async def public_url_of(request: Request) -> str:
    """FastAPI dependency: where people reach the front door; without a slash at its end."""
    url: str = request.app.state.public_url
    return url


PlatformSecretDep = Annotated[str, Depends(platform_secret_of)]
PublicUrlDep = Annotated[str, Depends(public_url_of)]

OperatorDep = Annotated[Caller, Depends(needs_scope("operator"))]
PlatformDep = Annotated[Caller, Depends(needs_scope("platform"))]
PartnerDep = Annotated[Caller, Depends(needs_scope("partner"))]
