"""What the demo leaves to look at: a certificate of each board, a mail, a calendar."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from pathlib import Path

from cli.demo.post import mails
from cli.demo.story import Told
from cli.demo.watched import Seen
from cli.demo.world import OddError, World


async def save(world: World, told: Told, seen: Seen, directory: Path) -> list[Path]:
    """Write them; gives what was written."""
    directory.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 (nothing else runs here)
    saved: list[Path] = []
    boards: set[str] = set()
    for person in told.people:
        for certificate in seen.awards[person.number]["certificates"]:
            board = certificate["board"] or "participation"
            if board not in boards:
                boards.add(board)
                pdf = f"/certificates/v1/certificates/{certificate['certificate_id']}.pdf"
                answer = await world.client.get(
                    world.door + pdf, headers={"Authorization": f"Bearer {world.key}"}
                )
                saved.append(_write(directory / f"certificate-{board}.pdf", answer.content))
    saved += await _mail(world, told, directory)
    return saved


async def _mail(world: World, told: Told, directory: Path) -> list[Path]:
    """The confirmation of somebody who was there throughout, with its calendar entries."""
    person = next(p for p in told.people if not p.misses and not p.cancels_at)
    for mail in await mails(world, person.email):
        raw = (await world.client.get(mail["raw"])).content
        calendars = {
            str(part.get_filename()): part.get_content().encode()
            for part in message_from_bytes(raw, policy=default).iter_attachments()
            if part.get_content_type() == "text/calendar"
        }
        if not calendars:
            continue
        if len(calendars) != 4:
            raise OddError(f"the confirmation has {len(calendars)} calendar entries, not four")
        return [
            _write(directory / "confirmation.eml", raw),
            *(_write(directory / name, calendar) for name, calendar in calendars.items()),
        ]
    raise OddError(f"{person.email} has no mail with a calendar")


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
