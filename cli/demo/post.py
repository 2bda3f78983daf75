"""Reading the mail catcher: the stack's own mailbox, or the one of Compose (Mailpit, MailDev)."""

from __future__ import annotations

from typing import Any

from cli.demo.world import OddError, World


async def mails(world: World, to: str) -> list[dict[str, Any]]:
    """What an address got, oldest first: [{"subject", "text", "raw"}], `raw` a URL."""
    for look in (_own, _mailpit, _maildev):
        found = await look(world, to)
        if found is not None:
            return found
    raise OddError(f"{world.mailbox} is no mailbox this story can read")


async def _json(world: World, path: str) -> Any:
    answer = await world.client.get(world.mailbox + path)
    kind = answer.headers.get("content-type", "")
    return answer.json() if answer.is_success and "json" in kind else None


async def _own(world: World, to: str) -> list[dict[str, Any]] | None:
    listed = await _json(world, f"/api/messages?to={to}")
    if listed is None:
        return None
    found = []
    for item in sorted(listed["items"], key=lambda i: str(i["id"])):
        whole = await _json(world, f"/api/messages/{item['id']}")
        raw = f"{world.mailbox}/messages/{item['id']}.eml"
        found.append({"subject": item["subject"], "text": whole["text"], "raw": raw})
    return found


async def _mailpit(world: World, to: str) -> list[dict[str, Any]] | None:
    listed = await _json(world, f"/api/v1/search?query=to:{to}&limit=200")
    if listed is None:
        return None
    found = []
    for item in reversed(listed["messages"]):
        whole = await _json(world, f"/api/v1/message/{item['ID']}")
        raw = f"{world.mailbox}/api/v1/message/{item['ID']}/raw"
        found.append({"subject": item["Subject"], "text": whole["Text"], "raw": raw})
    return found


async def _maildev(world: World, to: str) -> list[dict[str, Any]] | None:
    listed = await _json(world, "/email")
    if listed is None:
        return None
    return [
        {
            "subject": item["subject"],
            "text": item["text"],
            "raw": f"{world.mailbox}/email/{item['id']}/source",
        }
        for item in listed
        if any(one["address"] == to for one in item["to"])
    ]
