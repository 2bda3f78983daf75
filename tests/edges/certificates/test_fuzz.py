"""Every route, with junk in every place: an answer that its OpenAPI document declares, never 500."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.edges.certificates.facts import (
    about,
    all_completed,
    attended,
    course,
    person,
    registered,
)

WHO = "Flo Vale"
WORDS = [
    "", " ", "ACCME", "2020-1", "2020-99999", "a/b", "../..", "%00", "\u0000", "'; --", "é" * 40,
    "x" * 300, "AAAA-BBBB-CCCC-DDDD", "\u202e\U0001f600", "0" * 64, "a.b.c", "e30.e30.e30", "0.25",
]  # fmt: skip
FIELDS = [
    "answers", "board", "credits", "reason", "name", "jwt", "sha256", "objective-1", "version",
    "items", "item_id", "text", "choices", "right", "declined",
]  # fmt: skip
UNTIL = ["2021-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "0", 1e300, None]
NUMBERS = [0, -1, 1, 0.25, 7.5, 1e300, 2**63, 10**40, True, False, None]


def junk(pick: random.Random, depth: int = 0) -> Any:
    kind = pick.randrange(6 if depth < 3 else 3)
    if kind < 2:
        return pick.choice(WORDS)
    if kind == 2:
        return pick.choice(NUMBERS)
    if kind == 3:
        return [junk(pick, depth + 1) for _ in range(pick.randrange(4))]
    return {pick.choice(FIELDS): junk(pick, depth + 1) for _ in range(pick.randrange(6))}


def body(pick: random.Random, path: str) -> Any:
    """Mostly of the right outline, so that more than the first check is reached."""
    outlines: dict[str, Any] = {
        "evaluation": {"answers": {"objective-1": pick.choice(NUMBERS), "x": junk(pick, 3)}},
        "claims": {"board": "ACCME", "credits": pick.choice([*NUMBERS, "0.25", "NaN", "1e9"])},
        "revoke": {"reason": pick.choice(WORDS)},
        "keep": {"reason": pick.choice(WORDS)},
        "supersede": {"reason": "r", "name": pick.choice(WORDS)},
        "reopen": {"until": pick.choice(UNTIL), "reason": pick.choice(WORDS)},
        "keys:rotate": {pick.choice(["key_id", "compromised_at"]): pick.choice(WORDS)},
        "reports": {
            "board": pick.choice(["ACCME", *WORDS]),
            "format": pick.choice(["csv", "pars"]),
        },
        "outcome": {
            "outcome": pick.choice(["accepted", "refused"]),
            "lines": [pick.choice(NUMBERS)],
        },
        "verify": {pick.choice(["jwt", "sha256"]): pick.choice(WORDS)},
        "declines": {"board": pick.choice(["APA", *WORDS]), "declined": pick.choice(NUMBERS)},
        "post-test": pick.choice([_bank(pick), {"version": 1, "answers": {"i1": junk(pick, 3)}}]),
    }
    return junk(pick) if pick.random() < 0.3 else outlines.get(path.rpartition("/")[2], {})


def _bank(pick: random.Random) -> Any:
    item = {"item_id": "i1", "text": "?", "choices": ["a", pick.choice(WORDS)], "right": 1}
    return {"version": pick.choice([1, *NUMBERS]), "items": [item, item][: pick.randrange(3)]}


async def test_junk_everywhere_is_answered_as_declared(world):
    await world.hears(course(), person(WHO, "physician"), *registered(WHO), *attended(WHO))
    await world.hears(*all_completed())
    await world.swept()
    await world.evaluates(WHO)
    await world.claims(WHO, "1")
    await world.rests()
    [issued] = (await world.shown(WHO))["certificates"]
    known = {
        "registration_id": about(WHO)["registration_id"],
        "certificate_id": issued["certificate_id"],
        "code": issued["verify_url"].rpartition("/")[2],
        "name": "2020-1",
        "course_id": about(WHO)["course_id"],
        "number": "1",
    }
    document = world.service.app.openapi()
    routes = [
        (method, path, {int(status) for status in operation["responses"]})
        for path, operations in document["paths"].items()
        if "/health/" not in path and "/metrics" not in path
        for method, operation in operations.items()
    ]
    assert len(routes) >= 20
    pick = random.Random(20201109)
    for n in range(420):
        method, path, declared = routes[n % len(routes)]
        for name, right in known.items():
            word = right if pick.random() < 0.6 else pick.choice(WORDS[2:])
            quoted = "".join(f"%{b:02X}" for b in word.encode())
            path = path.replace("{" + name + "}", quoted)
        headers = {"Accept": pick.choice(["text/html", "application/json", "*/*", "\t;"])}
        if pick.random() < 0.8:
            headers["Idempotency-Key"] = pick.choice(["same", f"key-{n}"])
        http = pick.choice([world.http, world.http, world.learner(WHO), world.client("hf_x_y")])
        content = json.dumps(body(pick, path)) if method in ("post", "put") else None
        if pick.random() < 0.05:
            content = "{not json"
        headers["Content-Type"] = "application/json"
        answer = await http.request(method.upper(), path, content=content, headers=headers)
        assert answer.status_code < 500, (method, path, content, answer.text)
        assert answer.status_code in declared | {404, 409}, (method, path, content, answer.text)
