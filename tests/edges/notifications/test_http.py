"""Every route: pages, and junk in every place answered as the OpenAPI document declares."""

import random

from tests.edges.notifications.conftest import R, World, course
from tests.edges.notifications.test_story import NEW_YORKER, PAID

WORDS = [
    "", " ", R, "join_1h", "a/b", "../..", "%00", "'; --", "é" * 40, "x" * 3000, "-1", "0", "5",
    "html", "text", "json", "eml", "Europe/Warsaw", "Mars/Olympus", "\u202e\U0001f600",
]  # fmt: skip


async def test_the_list_is_paged(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    whole = [m["message_id"] for m in await world.messages()]
    path = f"/notifications/v1/registrations/{R}/messages?limit=5"
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await world.http.get(f"{path}&after={after}")).json()
        assert len(page["items"]) <= 5
        found += [m["message_id"] for m in page["items"]]
        after = page["next"]
    assert found == whole
    assert len(whole) == 12
    # A page that never was is refused: the first page again would make a reader go round for ever.
    wrong = await world.http.get(f"{path}&after=of-another-list")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/after")


async def test_junk_everywhere_is_answered_as_declared(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    pick = random.Random(20201109)
    routes = [
        (method, path, {int(status) for status in operation["responses"]})
        for path, operations in world.service.app.openapi()["paths"].items()
        if path.startswith("/notifications/v1/")
        for method, operation in operations.items()
    ]
    assert len(routes) >= 19
    for n in range(300):
        method, path, declared = routes[n % len(routes)]
        for name in ("registration_id", "message_id", "task_id", "name", "address_hash", "token"):
            path = path.replace("{" + name + "}", pick.choice(WORDS[1:]).replace("/", "%2F"))
        answer = await world.http.request(
            method,
            path,
            params={pick.choice(["limit", "after", "format", "zone", "t"]): pick.choice(WORDS)},
            headers={"Idempotency-Key": pick.choice(["same", f"key-{n}"])},
        )
        assert answer.status_code in declared | {404}, (method, path, answer.text)
        assert answer.status_code < 500, (method, path, answer.text)
        page = "/unsubscribe/" in path and answer.status_code == 404  # for people
        if answer.status_code >= 400 and not page:
            assert answer.headers["content-type"] == "application/problem+json"
