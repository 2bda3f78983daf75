"""A client that lives goes by the files as they are at each connection, on either event loop."""

import asyncio
import contextlib
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvloop
from cryptography import x509

from shared.runtime.kafka import Bootstrap, Security, broker_security, client_of
from tests.security.authority import Authority

LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
Loop = Callable[[], asyncio.AbstractEventLoop]


class Place:
    """Files of a client and, behind a port, somebody who notes the certificate of each guest."""

    def __init__(self, files: Path) -> None:
        self.files, self.port = files, 0
        self.ours, self.others = Authority.made(files, "ours"), Authority.made(files, "others")
        for name in ("first", "second"):
            self.ours.issue(name)
        for authority, name in ((self.ours, "server"), (self.others, "elsewhere")):
            authority.issue(name, "127.0.0.1")
        self.put(".crt", "first")
        self.put(".key", "first")
        shutil.copy(files / "ours.pem", files / "known.pem")
        self.serve_as("server")

    def put(self, kind: str, name: str) -> None:
        """Replace the client's file, as a renewal does: another one takes its place."""
        made = self.files / "next"
        shutil.copy(self.files / f"{name}{kind}", made)
        made.rename(self.files / f"mine{kind}")

    def serve_as(self, name: str) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.files / f"{name}.crt", self.files / f"{name}.key")
        self.context.load_verify_locations(self.files / "ours.pem")
        self.context.verify_mode = ssl.CERT_REQUIRED

    @property
    def security(self) -> Security:
        ca, cert, key = (str(self.files / name) for name in ("known.pem", "mine.crt", "mine.key"))
        return Security("SSL", ca_file=ca, cert_file=cert, key_file=key)

    def greet(self, guests: socket.socket) -> None:
        """Until `guests` is closed: note who comes, and say so."""
        while True:
            try:
                guest, _ = guests.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), self.context.wrap_socket(guest, True) as inside:
                given = inside.getpeercert(binary_form=True)
                assert given is not None
                subject = x509.load_der_x509_certificate(given).subject.rfc4514_string()
                inside.sendall(subject.removeprefix("CN=").encode())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as guests:
        made.port = guests.getsockname()[1]
        thread = threading.Thread(target=made.greet, args=(guests,), daemon=True)
        thread.start()
        yield made
        guests.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def visit(loop: Loop, place: Place, context: ssl.SSLContext) -> str:
    """Connect once with the context, as aiokafka does; as whom one was seen to come."""

    async def goes() -> str:
        async with asyncio.timeout(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", place.port, ssl=context)
            seen = await reader.read()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        return seen.decode()

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(goes())


@LOOPS
def test_a_certificate_that_is_renewed_is_shown_at_the_next_connection(
    loop: Loop, place: Place
) -> None:
    context = place.security.context()
    assert context is not None
    assert [visit(loop, place, context) for _ in range(2)] == ["first", "first"]
    place.put(".crt", "second")
    assert visit(loop, place, context) == "first", "half of it is there: the former one goes on"
    place.put(".key", "second")
    assert visit(loop, place, context) == "second"
    for kind in (".crt", ".key"):
        (place.files / f"mine{kind}").unlink()
    assert visit(loop, place, context) == "second", "they may be away for a moment"


@LOOPS
def test_an_authority_that_is_replaced_vouches_for_nobody_any_more(
    loop: Loop, place: Place
) -> None:
    context = place.security.context()
    assert context is not None
    assert visit(loop, place, context) == "first"
    shutil.copy(place.files / "others.pem", place.files / "known.pem")
    with pytest.raises(ssl.SSLCertVerificationError):
        visit(loop, place, context)
    place.serve_as("elsewhere")
    assert visit(loop, place, context) == "first"


def test_both_libraries_are_given_such_a_context_and_none_without_its_files(place: Place) -> None:
    bootstrap = Bootstrap("a:1", place.security)
    told = broker_security(bootstrap)
    assert told is not None
    for context in (client_of(bootstrap)["ssl_context"], told.ssl_context):
        assert visit(asyncio.new_event_loop, place, context) == "first"
        assert context.cert_store_stats()["x509"] == 0, "of itself it trusts nobody"
    (place.files / "mine.key").unlink()
    with pytest.raises(FileNotFoundError):
        client_of(bootstrap)
