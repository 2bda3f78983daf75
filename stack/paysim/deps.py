"""What every route of the simulator is given."""

import hmac
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Header, Request

from stack.paysim.rules import Refused
from stack.paysim.store import Store


@dataclass(frozen=True)
class Settings:
    """`public_url` is where learners reach it, without a slash at the end."""

    data: Path
    public_url: str
    webhook_url: str
    webhook_secret: str = field(repr=False)
    api_key: str = field(repr=False)


def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def store_of(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


def authorized(request: Request, authorization: Annotated[str, Header()] = "") -> None:
    """Only the shop's key opens the API."""
    expected = f"Bearer {settings_of(request).api_key}"
    if not hmac.compare_digest(authorization.encode(), expected.encode()):
        raise Refused(401, "unauthorized", "This needs the simulator's key.")


SettingsDep = Annotated[Settings, Depends(settings_of)]
StoreDep = Annotated[Store, Depends(store_of)]
