"""What a mail server takes from us is signed as it arrives there, where a key is named."""

from pathlib import Path

import pytest

from services.notifications.app import build
from services.notifications.mailer import Mailer, Server
from services.notifications.settings import Settings
from services.notifications.signing import CannotSign, Dkim
from shared.runtime.tokens import digest_of
from tests.edges.notifications.conftest import World
from tests.edges.notifications.test_sending import confirmed
from tests.rules.notifications.test_signing import KEY, is_good, written
from tests.stage import OPERATOR, SECRET


async def test_what_arrives_is_found_good(world: World, tmp_path: Path) -> None:
    seal = Dkim(written(tmp_path / "dkim.pem", KEY), "autumn", "holdfast.example").sealed
    world.postman.mailer = Mailer(Server("127.0.0.1", world.post.port), seal)
    await confirmed(world)
    await world.rests()
    [raw] = world.post.raw
    assert is_good(raw)
    assert not is_good(raw.replace(b"Subject: ", b"Subject: Re: "))


async def test_unsigned_where_no_key_is_named(world: World) -> None:
    await confirmed(world)
    await world.rests()
    assert b"DKIM-Signature" not in world.post.raw[0]


def settings(key: Path, selector: str) -> Settings:
    return Settings(
        database_url="postgresql://nobody@127.0.0.1:1/nothing",
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        dkim_key=str(key),
        dkim_selector=selector,
    )


def test_a_key_that_cannot_sign_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(CannotSign):
        build(settings(tmp_path / "none.pem", "autumn"))
    assert build(settings(written(tmp_path / "dkim.pem", KEY), "autumn"))
