"""Whatever address a partner names, nothing of ours is reached by it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest

from shared.runtime.addresses import NotPublic, is_public, parsed
from shared.runtime.outward import Outward
from tests.security.authority import Authority

NAME = "hooks.partner.example"
INSIDE = [
    "0.0.0.0",
    "127.0.0.1",
    "127.9.9.9",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "192.88.99.1",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001:db8::1",
    "2001::1",
    "2002:7f00:1::",
    "fe80::1",
    "fc00::1",
    "fd00::1",
    "fec0::1",
    "ff02::1",
    "3fff::1",
    "::7f00:1",
    "::ffff:0:7f00:1",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
]
OUTSIDE = ["8.8.8.8", "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_within_or_of_nobody_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_addresses_of_the_world_are(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.partner.example/", "ftp://hooks.partner.example/", "file:///etc/passwd",
        "gopher://hooks.partner.example/", "//hooks.partner.example/", "https://", "https:///x",
        "https://user@hooks.partner.example/", "https://user:pass@hooks.partner.example/",
        "https://hooks.partner.example@127.0.0.1/", "https://localhost/", "https://postgres/",
        "https://hooks.partner.example:80/", "https://hooks.partner.example:5432/",
        "https://hooks.partner.example:99999/", "https://hooks.partner.example:x/",
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://10.1/",
        "https://169.254.169.254/latest/meta-data/", "https://2130706433/", "https://0x7f.1/",
        "https://0177.0.0.1/", "https://127.1/", "https://[64:ff9b::7f00:1]/", "https://[fe80::1%1]/",
        "https://hooks.partner.example\\@127.0.0.1/", "https://hooks.partner.example/\r\nX: y",
        "https://xn--a.partner.example/", "https://xn--.example/", "https://[v1.x]/",
        "https://hooks<partner.example/",
        "https://hooks.partner.example /", "https://höoks.partner.example/", "https://" + "a" * 2000,
    ],
)  # fmt: skip
async def test_forms_that_lead_elsewhere_are_refused_before_anything_is_asked(url: str) -> None:
    async def look(_host: str, _port: int) -> Sequence[str]:
        raise AssertionError("it was looked up")

    way = Outward(look=look)
    try:
        with pytest.raises(NotPublic) as refused:
            await way.post(url, b"", {})
        assert "127.0.0.1" not in str(refused.value)
    finally:
        await way.aclose()


def test_plain_forms_are_taken() -> None:
    plain = (
        f"https://{NAME}/a?b=c", f"https://{NAME}:8443/", f"https://{NAME.upper()}:0443/x",
        "https://8.8.8.8/", "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        "https://xn--mller-kva.example/", "https://a_b.example/?x=%zz#y", f"HTTPS://{NAME}.",
    )  # fmt: skip
    for url in plain:
        assert parsed(url).scheme == "https", url


def leads_to(*addresses: str) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    async def look(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return look


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], []])
async def test_each_address_of_a_name_has_to_be_public(addresses: list[str]) -> None:
    way = Outward(look=leads_to(*addresses))
    try:
        with pytest.raises(NotPublic):
            await way.post(f"https://{NAME}/", b"", {})
    finally:
        await way.aclose()


class Server:
    """Somebody's endpoint, by TLS; keeps what it was sent."""

    def __init__(self, answer: bytes, then: float = 0) -> None:
        self.answer, self.then = answer, then
        self.heard: list[bytes] = []
        self.named: list[str | None] = []
        self.port = 0

    async def guest(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answer)
        await writer.drain()
        await asyncio.sleep(self.then)
        writer.close()


@asynccontextmanager
async def serving(server: Server, files: Path) -> AsyncIterator[tuple[Outward, str]]:
    authority = Authority.made(files, "public")
    cert, key = authority.issue("endpoint", NAME)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.sni_callback = lambda _socket, name, _context: server.named.append(name)
    running = await asyncio.start_server(server.guest, "127.0.0.1", 0, ssl=context)
    server.port = running.sockets[0].getsockname()[1]
    looks: list[str] = []

    async def look(host: str, _port: int) -> Sequence[str]:
        """The second time it would lead elsewhere."""
        looks.append(host)
        return ["127.0.0.1"] if len(looks) == 1 else ["10.0.0.1"]

    trusted = ssl.create_default_context(cafile=str(files / "public.pem"))
    way = Outward(look=look, may=lambda _: True, ports=frozenset({server.port}), context=trusted)
    try:
        yield way, f"https://{NAME}:{server.port}/in"
    finally:
        await way.aclose()
        running.close()
    assert len(looks) == 1, "looked up once: what was checked is what was connected to"


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def test_it_goes_to_the_address_that_was_checked_under_its_name(tmp_path: Path) -> None:
    server = Server(OK)
    async with serving(server, tmp_path) as (way, url):
        said = await way.post(url, b"{}", {"webhook-id": "1"})
    assert (said.status, said.body) == (200, b"ok")
    assert server.named == [NAME]
    assert f"host: {NAME}:{server.port}".encode() in server.heard[0].lower()
    assert b"webhook-id: 1" in server.heard[0].lower()


async def test_a_redirect_is_an_answer_and_leads_nowhere(tmp_path: Path) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: https://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    async with serving(server := Server(moved), tmp_path) as (way, url):
        assert (await way.post(url, b"{}", {})).status == 302
    assert len(server.heard) == 1


async def test_an_answer_ends_in_size_and_in_time(tmp_path: Path) -> None:
    long = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000
    async with serving(Server(long, then=5), tmp_path) as (way, url):
        assert len((await way.post(url, b"{}", {}, most=1_000)).body) == 1_000
    slow = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    (tmp_path / "slow").mkdir()
    async with serving(Server(slow, then=5), tmp_path / "slow") as (way, url):
        with pytest.raises(TimeoutError):
            await way.post(url, b"{}", {}, seconds=0.5)


async def test_proxies_of_the_environment_are_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with serving(Server(OK), tmp_path) as (way, url):
        assert (await way.post(url, b"{}", {})).status == 200


async def test_a_certificate_of_another_name_is_not_believed(tmp_path: Path) -> None:
    async with serving(Server(OK), tmp_path) as (way, url):
        with pytest.raises(httpx.ConnectError):
            await way.post(url.replace("hooks.", "other."), b"{}", {})
        with pytest.raises(NotPublic):  # plain http to the same door
            await way.post(url.replace("https", "http"), b"{}", {})


async def test_what_an_answer_asks_for_is_in_its_headers(tmp_path: Path) -> None:
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"
    async with serving(Server(busy), tmp_path) as (way, url):
        assert (await way.post(url, b"{}", {})).headers["retry-after"] == "120"


async def test_who_does_not_answer_keeps_no_connection_from_others() -> None:
    """A hundred connections would be all that httpx has by itself."""
    silent = 150
    there = asyncio.Event()
    guests = 0

    async def guest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal guests
        if b"/well" in await reader.readuntil(b"\r\n\r\n"):
            writer.write(OK)
            await writer.drain()
            return
        guests += 1
        if guests == silent:
            there.set()

    running = await asyncio.start_server(guest, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"
    way = Outward(here=True)
    waiting = [
        asyncio.create_task(way.post(f"{url}/silent", b"", {}, seconds=600)) for _ in range(silent)
    ]
    try:
        await there.wait()
        assert (await way.post(f"{url}/well", b"", {}, seconds=30)).status == 200
    finally:
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await way.aclose()
        running.close()


async def test_who_is_named_shares_a_connection_with_nobody_else() -> None:
    ports = []

    async def guest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ports.append(writer.get_extra_info("peername")[1])
        while not reader.at_eof():
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)

    running = await asyncio.start_server(guest, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}/in"
    way = Outward(here=True)
    try:
        for to in ("one", "one", "other", "one", "other"):
            assert (await way.post(url, b"", {}, to=to)).status == 200
        assert len(ports) == 2, "each its own, and kept"
    finally:
        await way.aclose()
        running.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/in", "http://[::1]/in"])
async def test_this_machine_is_reached_by_its_number_and_only_where_that_was_said(url: str) -> None:
    sandbox, live = Outward(here=True), Outward()
    try:
        await sandbox.check(url)
        for elsewhere in (
            "http://10.0.0.1/",
            "http://hooks.partner.example/",
            "http://a@127.0.0.1/",
        ):
            with pytest.raises(NotPublic):
                await sandbox.check(elsewhere)
        with pytest.raises(NotPublic):
            await live.check(url)
    finally:
        await sandbox.aclose()
        await live.aclose()


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], []])
async def test_an_address_can_be_checked_without_sending_anything(addresses: list[str]) -> None:
    way, well = Outward(look=leads_to(*addresses)), Outward(look=leads_to("8.8.8.8"))
    try:
        with pytest.raises(NotPublic):
            await way.check(f"https://{NAME}/")
        await well.check(f"https://{NAME}/")
    finally:
        await way.aclose()
        await well.aclose()


async def test_a_name_that_nobody_knows_is_not_public() -> None:
    async def nobody(_host: str, _port: int) -> Sequence[str]:
        raise OSError("not known")

    way = Outward(look=nobody)
    try:
        with pytest.raises(NotPublic):
            await way.check(f"https://{NAME}/")
        with pytest.raises(httpx.ConnectError):
            await way.post(f"https://{NAME}/", b"", {})
    finally:
        await way.aclose()
