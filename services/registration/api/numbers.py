"""Telephone numbers as people here write them: without a country code they are of our region."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Depends, Request

from services.registration.domain.texts import Number
from shared.phones import e164


async def number_of(request: Request) -> Number:
    """FastAPI dependency."""
    return partial(e164, region=request.app.state.phone_region)


NumberDep = Annotated[Number, Depends(number_of)]
