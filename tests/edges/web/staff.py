"""Somebody of staff at the console of a service on its stage."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from services.web.commands.sessions import SignIn, sign_in
from shared.runtime.batch import run_batch
from shared.runtime.clock import wall
from shared.runtime.passes import passed
from shared.runtime.request_unit import RequestUnit
from shared.runtime.service import Service
from shared.runtime.tokens import digest_of
from tests.edges.web.owners import Asked
from tests.stage import SECRET

WHO = "u-17"


@asynccontextmanager
async def staff(
    web: Service, *roles: str, subject: str = WHO, word: str = "a random word"
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is signed in with these roles."""
    command = SignIn(digest_of(word), subject, roles, wall())
    unit = RequestUnit(sign_in, command, None, lambda _: (204, None), web.new_id)
    await run_batch(web.api_db, wall(), [unit], outcomes := [])
    assert outcomes[0].status_code == 204
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(web.app), base_url="http://web.test"
    ) as client:
        client.cookies.set("console", word)
        yield client


def csrf(page: str) -> str:
    """What every form of that page carries."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return found[1]


def in_whose_name(asked: Asked) -> str | None:
    """Whom the owner saw: by the pass that came with a call, which has to be one for it."""
    return passed(SECRET, asked.token or "", asked.method, asked.path, wall())
