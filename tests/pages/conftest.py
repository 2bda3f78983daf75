"""Web served for real on a free port, with the owners played, and a browser to look at it."""

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from services.web.app import build
from services.web.settings import Settings
from shared.contracts.registration import CoursePublished
from shared.runtime.tokens import digest_of
from stack.ports import free_port
from tests.edges.web.conftest import SECRET, open_for_registration
from tests.edges.web.owners import Played
from tests.pages.browser import Browser, browser
from tests.pages.story import PRICED, play
from tests.stage import OPERATOR, Stage, StillClock


@pytest.fixture
def clock() -> StillClock:
    return open_for_registration()


@pytest.fixture
def owners() -> Played:
    played = Played()
    play(played)
    return played


@pytest.fixture
def courses() -> tuple[CoursePublished, ...]:
    """Further courses that a test wants to have been published."""
    return ()


@pytest.fixture
def site(database, owners: Played, clock: StillClock, courses) -> Iterator[str]:
    """The address of a running web service that has heard of the reference course and another."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = Settings(
        database_url=database("web"),
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        role="api",
        public_url=url,
        texts=True,
    )
    service = build(settings, owners.transport(), clock=clock)
    server = uvicorn.Server(uvicorn.Config(service.app, port=port, log_level="error"))

    async def serve() -> None:
        await Stage(service).hears(CoursePublished.model_validate(CoursePublished.example))
        await Stage(service).hears(PRICED, *courses)
        await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    while not server.started and thread.is_alive():
        threading.Event().wait(0.05)
    yield url
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Browser]:
    with browser(tmp_path / "profile") as made:
        yield made


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: `HOLDFAST_PICTURES`, to be looked at, or away with the test."""
    folder = Path(os.environ.get("HOLDFAST_PICTURES") or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
