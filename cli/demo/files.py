"""What the demo leaves to look at: a certificate of each board, a mail, a calendar."""

from __future__ import annotations

from pathlib import Path

from cli.demo.story import Told
from cli.demo.watched import Seen
from cli.demo.world import OddError, World
from cli.mailbox import calendars_of, whole


async def save(world: World, told: Told, seen: Seen, directory: Path) -> list[Path]:
    """Write them; gives what was written. Raises OddError where something is not what it should."""
    directory.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 (nothing else runs here)
    saved: list[Path] = []
    boards: set[str] = set()
    for person in told.people:
        for certificate in seen.awards[person.number]["certificates"]:
            board = certificate["board"] or "participation"
            if board not in boards:
                boards.add(board)
                pdf = await _pdf(world, certificate["certificate_id"])
                saved.append(_write(directory / f"certificate-{board}.pdf", pdf))
    return saved + await _mail(world, told, seen, directory)


async def _pdf(world: World, certificate_id: str) -> bytes:
    path = f"/certificates/v1/certificates/{certificate_id}.pdf"
    headers = {"Authorization": f"Bearer {world.key}"}
    answer = await world.client.get(world.door + path, headers=headers)
    if answer.status_code != 200 or not answer.content.startswith(b"%PDF"):
        raise OddError(f"{path} answers {answer.status_code} and no PDF: {answer.text[:200]!r}")
    return answer.content


async def _mail(world: World, told: Told, seen: Seen, directory: Path) -> list[Path]:
    """The confirmation of somebody who was there throughout, with its calendar entries."""
    person = next(p for p in told.people if not p.misses and not p.cancels_at and not p.never_pays)
    mail = seen.confirmation_of(person.number)
    if mail is None:
        raise OddError(f"{person.email} has no mail that says the seat is theirs")
    raw, message = await whole(world.client, mail)
    calendars = calendars_of(message)
    return [
        _write(directory / "confirmation.eml", raw),
        *(_write(directory / name, calendar) for name, calendar in calendars.items()),
    ]


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
